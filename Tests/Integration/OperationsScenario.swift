import Foundation
import TestSupport
import Testing

/// What people who run a fleet rely on: health, metrics, logs, a clean stop, and nothing burnt while idle.
extension Scenarios {
    @Suite struct Operations {
        @Test func `a run that failed is found in the log by its id, with its dead letter`() throws {
            try Fleet.with("found", orchestrators: 1, executors: 1) { fleet in
                let broken: JSONTree = ["error": "no such customer", "class": "permanent"]
                let task = Flows.task("a", "fail", inputs: broken)
                try fleet.produce([Flows.request("lost-and-found", flow: Flows.flow([task]))])
                try fleet.waitForRuns(1)
                let lines = fleet.orchestrators[0].logText.split(separator: "\n").compactMap {
                    try? JSONTree(text: Data($0.utf8))
                }
                let found = lines.filter { $0["run_id"] == "lost-and-found" }
                let ended = found.first { $0["status"] == "failed" }
                let letter = found.first { $0["message_id"] == "dl/lost-and-found/a/0" }
                #expect(ended != nil && letter?["reason"] == "permanent" && letter?["task_id"] == "a")
            }
        }

        @Test func `metrics, health and logs say what happened`() throws {
            try Fleet.with("operations", orchestrators: 1, executors: 1) { fleet in
                try fleet.produce([Flows.request("seen", flow: Flows.chain(3), input: ["password": "hunter2"])])
                try fleet.waitForRuns(1)
                let orchestrator = fleet.orchestrators[0]
                let executor = fleet.executors[0]
                for process in [orchestrator, executor] {
                    for path in ["/health", "/livez", "/readyz", "/metrics"] {
                        let answer = process.get(path)
                        #expect(answer?.status == 200, "\(process.name) \(path): \(answer?.body ?? "no answer")")
                    }
                }
                let metrics = orchestrator.get("/metrics")?.body ?? ""
                for name in [
                    "orchestrator_flow_runs_processed_total", "orchestrator_run_execution_seconds",
                    "orchestrator_active_runs",
                    "orchestrator_tasks_scheduled_total", "orchestrator_tasks_completed_total",
                    "orchestrator_active_tasks",
                    "orchestrator_retry_attempts_total", "orchestrator_dead_letter_queue_size",
                ] { #expect(metrics.contains("# TYPE \(name) "), "\(name) is not there") }
                for process in [orchestrator, executor] {
                    let lines = process.logText.split(separator: "\n")
                    let bare = lines.filter { (try? JSONTree(text: Data($0.utf8)))?["level"] == nil }
                    #expect(!lines.isEmpty && bare.isEmpty, "\(process.name) logs no JSON: \(bare.prefix(3))")
                    #expect(!process.logText.contains("hunter2"))
                }
            }
        }

        @Test(.durableServices)
        func `health tells which service is away and heals with it`() throws {
            try Fleet.with("health", orchestrators: 1, executors: 1) { fleet in
                let orchestrator = fleet.orchestrators[0]
                let isUp = Waiting.until(20) { orchestrator.get("/health")?.status == 200 }
                #expect(isUp)
                try fleet.services.kill(.postgres)
                try fleet.produce([Flows.request("meanwhile", flow: Flows.chain(2))])
                // A backend that lost its postmaster in the middle may keep its session open; the call's limit ends it.
                let told = Waiting.until(40) {
                    guard let health = orchestrator.get("/health") else { return false }
                    return health.status == 503 && health.body.lowercased().contains("postgres")
                }
                try fleet.services.restart(.postgres)
                #expect(told, "\(orchestrator.get("/health")?.body ?? "no answer")")
                let isBack = Waiting.until(20) { orchestrator.get("/health")?.status == 200 }
                #expect(isBack)
                try fleet.waitForRuns(1)
            }
        }

        @Test func `SIGTERM ends a process cleanly in seconds, also under load`() throws {
            try Fleet.with("sigterm", orchestrators: 1, executors: 1) { fleet in
                let load = try Load(fleet)
                try load.add(100)
                try fleet.waitForRuns(5)
                for process in fleet.orchestrators + fleet.executors {
                    let began = ContinuousClock.now
                    let status = process.terminate(within: 15)
                    let seconds = (ContinuousClock.now - began).seconds
                    print("figure: \(process.name) ended \(seconds) s after SIGTERM")
                    #expect(status == 0)
                    #expect(seconds < 10)
                    fleet.forget(process)
                }
                try fleet.startOrchestrator()
                try fleet.startExecutor()
                try fleet.waitForRuns(100)
                try expectTheLoad(load, of: fleet, window: 64)
            }
        }

        @Test func `a second signal ends a process at once`() throws {
            try Fleet.with("second", orchestrators: 0, executors: 1) { fleet in
                let executor = fleet.executors[0]
                let isUp = Waiting.until(20) { executor.get("/health")?.status == 200 }
                #expect(isUp)
                let slow = Flows.flow([Flows.task("a", "sleep", inputs: ["ms": 60_000])])
                try fleet.startOrchestrator()
                try fleet.produce([Flows.request("slow", flow: slow)])
                let isOut = try Waiting.until(20) { try !fleet.read(.taskQueue).isEmpty }
                #expect(isOut)
                Waiting.forSeconds(1)
                executor.signal(SIGTERM)
                Waiting.forSeconds(0.5)
                executor.signal(SIGTERM)
                let isGone = Waiting.until(2) { !executor.isRunning }
                #expect(isGone)
            }
        }

        @Test func `idle processes rest`() throws {
            try Fleet.with("idle", orchestrators: 1, executors: 1) { fleet in
                try fleet.produce([Flows.request("once", flow: Flows.chain(2))])
                try fleet.waitForRuns(1)
                Waiting.forSeconds(2)
                let before = fleet.processes.map { Usage(of: $0.pid) }
                Waiting.forSeconds(5)
                for (process, earlier) in zip(fleet.processes, before) {
                    let now = Usage(of: process.pid)
                    let share = (now.cpuSeconds - earlier.cpuSeconds) / 5 * 100
                    print("figure: \(process.name) idle: \(share) % CPU, \(now.residentMegabytes) MB")
                    #expect(share < 3, "\(process.name) burns \(share) % CPU while idle")
                    #expect(now.residentMegabytes < 80)
                }
            }
        }
    }
}

/// What a process has used so far.
struct Usage {
    let cpuSeconds: Double
    let residentMegabytes: Int

    init(of pid: Int32) {
        let stat = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
        let fields = (stat.split(separator: ")").last ?? "").split(separator: " ")
        let ticks = fields.count > 12 ? (Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0) : 0
        cpuSeconds = ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        let pages = (try? String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8))?.split(separator: " ")
        residentMegabytes = (pages.flatMap { $0.count > 1 ? Int($0[1]) : nil } ?? 0) * 4096 / 1_048_576
    }
}
