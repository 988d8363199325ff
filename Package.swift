// swift-tools-version: 6.2
import PackageDescription

/// Settings every target shares: warnings become errors in `.ci/run`, not here.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]
/// Floors that touch C also mark every unsafe step.
let strictMemory = strict + [.strictMemorySafety()]

func layer(_ name: String, _ path: String, uses: [Target.Dependency] = [], _ settings: [SwiftSetting] = strict)
    -> Target
{
    .target(name: name, dependencies: uses, path: "Sources/" + path, swiftSettings: settings)
}
func library(_ name: String) -> Target {
    .systemLibrary(name: name, path: "Sources/C/" + name)
}
func program(_ name: String, uses: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: uses, path: "Sources/Programs/" + name, swiftSettings: strict)
}
func tests(_ name: String, _ path: String, uses: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: uses, path: "Tests/" + path, swiftSettings: strict)
}

let adapters: [Target.Dependency] = ["Kafka", "Redis", "Postgres", "HTTP", "Stores"]

let package = Package(
    name: "flowfleet",
    products: [
        // Preloaded into processes whose allocations the bench counts.
        .library(name: "AllocationCounter", type: .dynamic, targets: ["AllocationCounter"])
    ],
    targets: [
        library("CKafka"), library("CPostgres"), library("CRedis"), library("CMicroHTTPD"), library("CCurl"),
        library("CSpawn"), library("CSodium"),

        layer("JSON", "Core/JSON"),
        layer("Workflow", "Core/Workflow", uses: ["JSON"]),
        layer("Platform", "Platform"),

        layer("Kafka", "Adapters/Kafka", uses: ["CKafka", "Platform"], strictMemory),
        layer("Postgres", "Adapters/Postgres", uses: ["CPostgres", "Platform"], strictMemory),
        layer("Redis", "Adapters/Redis", uses: ["CRedis", "Platform"], strictMemory),
        layer("HTTP", "Adapters/HTTP", uses: ["CMicroHTTPD", "CCurl", "Platform"], strictMemory),
        layer("Signatures", "Adapters/Signatures", uses: ["CSodium"], strictMemory),
        layer("Processes", "Adapters/Processes", uses: ["CSpawn", "Platform"], strictMemory),
        layer(
            "Stores", "Adapters/Stores",
            uses: [
                "JSON", "Workflow", "Platform", "Kafka", "Redis", "Postgres", "HTTP", "Processes", "Signatures",
                "Migrations",
            ]),
        .target(
            name: "Migrations", path: "Migrations",
            resources: [
                "0001_runs", "0002_retries", "0003_dead_letters", "0004_looks", "0005_gateway",
                "0006_stage_retries", "0007_sessions", "0008_deliveries", "0009_session_retries",
                "0010_delivery_claims", "0011_tokens", "0012_audit_code",
            ].map {
                .embedInCode($0 + ".sql")
            }, swiftSettings: strict),

        layer("Orchestration", "Services/Orchestration", uses: ["JSON", "Workflow", "Platform"]),
        layer("Execution", "Services/Execution", uses: ["JSON", "Workflow", "Platform"]),
        layer("Retries", "Services/Retries", uses: ["Workflow", "Platform"]),
        layer("DeadLetters", "Services/DeadLetters", uses: ["JSON", "Workflow", "Platform"]),
        layer("Delivery", "Services/Delivery", uses: ["JSON", "Workflow", "Platform"]),
        layer("API", "Services/API", uses: ["HTTP", "Interface", "JSON", "Workflow", "Platform"]),
        .target(
            name: "Interface", path: "Sources/Services/Interface", resources: [.embedInCode("openapi.json")],
            swiftSettings: strict),

        program("flowfleet", uses: ["API", "JSON", "Workflow", "Platform"] + adapters),
        program(
            "flowfleet-orchestrator",
            uses: ["Orchestration", "DeadLetters", "JSON", "Workflow", "Platform"] + adapters),
        program("flowfleet-gateway", uses: ["API", "JSON", "Workflow", "Platform"] + adapters),
        program("flowfleet-drainer", uses: ["DeadLetters", "Workflow", "Platform"] + adapters),
        program("flowfleet-retry-worker", uses: ["Retries", "Workflow", "Platform"] + adapters),
        program("flowfleet-courier", uses: ["Delivery", "Workflow", "Platform"] + adapters),
        program("flowfleet-executor", uses: ["Execution", "JSON", "Workflow", "Platform"] + adapters),

        tests("JSONTests", "Core/JSON", uses: ["JSON", "TestSupport"]),
        tests("WorkflowTests", "Core/Workflow", uses: ["Workflow", "JSON"]),
        tests("PlatformTests", "Platform", uses: ["Platform"]),
        tests(
            "AdapterTests", "Adapters",
            uses: [
                "Kafka", "Redis", "Postgres", "HTTP", "Processes", "Signatures", "Stores", "Workflow", "Platform",
                "JSON", "TestSupport",
            ]),
        tests(
            "APITests", "Services/API",
            uses: ["API", "HTTP", "Interface", "JSON", "Workflow", "Platform", "TestSupport"]),
        tests(
            "CLITests", "Programs/CLI",
            uses: ["flowfleet", "API", "HTTP", "Workflow", "Platform", "Kafka", "Postgres", "Stores"]),
        tests(
            "ExecutionTests", "Services/Execution",
            uses: ["Execution", "Stores", "Kafka", "Redis", "HTTP", "JSON", "Workflow", "Platform"]),
        tests(
            "OrchestrationTests", "Services/Orchestration",
            uses: ["Orchestration", "Simulation", "JSON", "Workflow", "Platform"]),
        tests("RetriesTests", "Services/Retries", uses: ["Retries", "Workflow", "Platform"]),
        tests("DeliveryTests", "Services/Delivery", uses: ["Delivery", "JSON", "Workflow", "Platform"]),
        tests("DeadLettersTests", "Services/DeadLetters", uses: ["DeadLetters", "JSON", "Workflow", "Platform"]),
        tests("TidyTests", "Tidy", uses: []),
        .target(
            name: "TestSupport", dependencies: ["CSodium"], path: "Tests/Support",
            exclude: ["Simulation", "Simulate", "CrashMatrix"], swiftSettings: strict),
        .target(
            name: "Simulation",
            dependencies: ["JSON", "Workflow", "Platform", "Orchestration", "Execution", "Retries", "DeadLetters"],
            path: "Tests/Support/Simulation", swiftSettings: strict),
        .target(
            name: "FuzzTargets", dependencies: ["JSON", "Workflow", "Platform", "Execution", "Redis"],
            path: "Tests/Fuzz/Targets", swiftSettings: strict),
        tests("FuzzTests", "Fuzz/Replay", uses: ["FuzzTargets"]),
        .executableTarget(
            name: "simulate", dependencies: ["Simulation"], path: "Tests/Support/Simulate", swiftSettings: strict),
        .executableTarget(
            name: "crash-matrix", dependencies: ["TestSupport"], path: "Tests/Support/CrashMatrix",
            swiftSettings: strict),
        tests("SimulationTests", "Simulation", uses: ["simulate", "TestSupport"]),
        tests(
            "IntegrationTests", "Integration",
            uses: [
                "TestSupport", "flowfleet", "flowfleet-orchestrator", "flowfleet-executor", "flowfleet-retry-worker",
                "flowfleet-drainer", "flowfleet-gateway", "flowfleet-courier",
            ]),

        .target(name: "BenchReport", path: "Bench/Report", swiftSettings: strict),
        .target(name: "AllocationCounter", path: "Bench/AllocationCounter"),
        .executableTarget(
            name: "bench",
            dependencies: ["BenchReport", "TestSupport", "CKafka", "CPostgres", "CRedis", "CMicroHTTPD"],
            path: "Bench/Program", swiftSettings: strict),
        tests("BenchTests", "Bench", uses: ["BenchReport"]),
    ],
    swiftLanguageModes: [.v6]
)
