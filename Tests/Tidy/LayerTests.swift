import Testing

/// The house: a file imports only from floors above its own.
@Suite struct LayerTests {
    /// What each folder's files may import; the longest folder that fits a file decides.
    static let allowed: [String: Set<String>] = {
        let system: Set<String> = ["Foundation", "FoundationEssentials", "Synchronization", "Glibc", "Dispatch"]
        let core: Set<String> = ["JSON", "Workflow"]
        let stores = core.union(system).union([
            "Platform", "Kafka", "Postgres", "Redis", "HTTP", "Processes", "Signatures", "Migrations",
        ])
        let service = core.union(["Platform"]).union(system)
        return [
            "Sources/Core/JSON": [],
            "Sources/Core/Workflow": ["JSON"],
            "Sources/Platform": system,
            "Sources/Adapters/Kafka": system.union(["CKafka", "Platform"]),
            "Sources/Adapters/Postgres": system.union(["CPostgres", "Platform"]),
            "Sources/Adapters/Redis": system.union(["CRedis", "Platform"]),
            "Sources/Adapters/HTTP": system.union(["CMicroHTTPD", "CCurl", "Platform"]),
            "Sources/Adapters/Processes": system.union(["CSpawn", "Platform"]),
            "Sources/Adapters/Signatures": ["CSodium"],
            "Sources/Adapters/Stores": stores,
            "Sources/Services/Orchestration": service,
            "Sources/Services/Execution": service,
            "Sources/Services/Retries": service,
            "Sources/Services/DeadLetters": service,
            "Sources/Services/Delivery": service,
            "Sources/Services/API": service.union(["HTTP", "Interface"]),
            "Sources/Services/Interface": [],
            "Sources/Programs": stores.union([
                "Stores", "Orchestration", "Execution", "Retries", "DeadLetters", "Delivery", "API",
            ]),
            "Migrations": [],
        ]
    }()

    static func imports(of file: SourceFile) -> [String] {
        file.code.compactMap { line in
            let words = line.split { $0 == " " || $0 == ";" }
            guard let place = words.firstIndex(of: "import"), words[..<place].allSatisfy(isModifier) else { return nil }
            let kinds: Set<Substring> = [
                "struct", "class", "enum", "protocol", "func", "var", "let", "typealias", "actor",
            ]
            let name = words[(place + 1)...].first { !kinds.contains($0) }
            return name?.split(separator: ".").first.map(String.init)
        }
    }

    private static func isModifier(_ word: Substring) -> Bool {
        word.hasPrefix("@") || ["public", "package", "internal", "private", "fileprivate"].contains(word)
    }

    @Test func `every file imports only what its floor may`() {
        var problems: [String] = []
        for file in Tree.swift where !file.isBelow("Tests") && file.path != "Package.swift" && !file.isBelow("Bench") {
            let floor = Self.allowed.keys.filter { file.isBelow($0) }.max { $0.count < $1.count }
            guard let floor, let allowed = Self.allowed[floor] else {
                problems.append("\(file.path) stands on no floor")
                continue
            }
            for name in Self.imports(of: file) where !allowed.contains(name) {
                problems.append("\(file.path) imports \(name)")
            }
        }
        #expect(problems == [])
    }

    @Test func `imports are found however they are written`() {
        let text = """
            public import JSON
            @testable import Workflow ; import struct Foundation.Data
            // import Comment
            let text = "import Text"
            @preconcurrency internal import Glibc
            """
        let found = Self.imports(of: SourceFile(path: "x.swift", text: text))
        #expect(found == ["JSON", "Workflow", "Glibc"])
    }
}
