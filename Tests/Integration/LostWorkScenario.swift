import Foundation
import TestSupport
import Testing

/// Work that vanishes: executors that commit and go, holders that fall silent. Nothing of it may hang.
extension Scenarios {
    @Suite struct LostWork {
        private static let settings = [
            "ORCHESTRATOR_LOSS_PATIENCE": "1", "ORCHESTRATOR_RETRY_DELAYS": "0.1",
        ]

        private func flow(_ tasks: [JSONTree]) -> JSONTree { Flows.flow(tasks) }

        private func flow(limit: Double) -> JSONTree {
            Flows.flow([Flows.task("a", inputs: ["v": 7], more: ["timeout": .number(limit)])])
        }

        /// Takes the one message that is out in the name of the executors' group, commits it, and is gone.
        private func takeAndVanish(_ fleet: Fleet) throws {
            try Command.succeed(
                "kcat",
                [
                    "-b", fleet.services.kafka, "-X", "auto.offset.reset=earliest", "-q", "-c", "1",
                    "-G", fleet.settings["EXECUTOR_CONSUMER_GROUP"] ?? "", fleet.name(.taskQueue),
                ])
        }

        private func hold(_ fleet: Fleet, _ runID: String, milliseconds: Double, worker: String = "w1") throws {
            let lane = try fleet.run(runID)?.lane
            try fleet.produce(
                [
                    [
                        "event_type": "task_held", "run_id": .string(runID), "task_id": "a", "attempt": 0,
                        "worker_id": .string(worker), "hold_ms": .number(milliseconds),
                    ]
                ], to: .taskDone, partition: lane)
        }

        private func start(_ fleet: Fleet, _ runID: String, limit: Double) throws {
            try fleet.produce([Flows.request(runID, flow: flow(limit: limit))])
            try fleet.wait(for: "select count(*) from flow_run_history", atLeast: 1)
            let isOut = try Waiting.until(20) { try !fleet.read(.taskQueue).isEmpty }
            #expect(isOut)
        }

        private func messages(_ fleet: Fleet) throws -> [String] {
            try fleet.read(.taskQueue).compactMap { $0.value["message_id"]?.string }
        }

        @Test func `a task whose executor committed it and vanished is dispatched again after two looks`() throws {
            try Fleet.with("looks", orchestrators: 1, executors: 0, retryWorkers: 1, settings: Self.settings) { fleet in
                try start(fleet, "looks", limit: 2)
                try takeAndVanish(fleet)
                try fleet.startExecutor()
                let run = try fleet.waitForRun("looks", seconds: 40)
                #expect(run.status == "completed")
                let sent = try messages(fleet)
                #expect(sent == ["looks/a/0", "looks/a/0"])
                #expect(try fleet.tasks(of: "looks")["a"]?.attempts == 1)
                #expect(fleet.number("select count(*) from task_attempts") == 0)
            }
        }

        @Test func `the looks go on when their lane is taken over between them`() throws {
            try Fleet.with("lookover", orchestrators: 1, executors: 0, retryWorkers: 1, settings: Self.settings) {
                fleet in
                try start(fleet, "lookover", limit: 3)
                try takeAndVanish(fleet)
                let looked = "select count(*) from flow_run_history where next_check_at > created_at + '4 s'::interval"
                try fleet.wait(for: looked, atLeast: 1)
                for old in fleet.orchestrators {
                    old.kill()
                    fleet.forget(old)
                }
                try fleet.startOrchestrator()
                try fleet.startExecutor()
                let run = try fleet.waitForRun("lookover", seconds: 60)
                #expect(run.status == "completed")
            }
        }

        @Test func `a task that waits in the queue is not dispatched again, however long`() throws {
            try Fleet.with("queued", orchestrators: 1, executors: 0, retryWorkers: 1, settings: Self.settings) {
                fleet in
                try start(fleet, "queued", limit: 1)
                Waiting.forSeconds(8)
                let sent = try messages(fleet)
                #expect(sent == ["queued/a/0"])
                #expect(fleet.number("select count(*) from task_retries") == 0)
                try fleet.startExecutor()
                #expect(try fleet.waitForRun("queued").status == "completed")
            }
        }

        @Test func `a held task whose holder falls silent is lost, and tried again`() throws {
            try Fleet.with("silent", orchestrators: 1, executors: 0, retryWorkers: 1, settings: Self.settings) {
                fleet in
                try start(fleet, "silent", limit: 300)
                try takeAndVanish(fleet)
                try hold(fleet, "silent", milliseconds: 2_000)
                try fleet.wait(
                    for: "select count(*) from task_execution_history where status = 'running'", atLeast: 1)
                try fleet.startExecutor()
                let run = try fleet.waitForRun("silent", seconds: 40)
                #expect(run.status == "completed")
                let attempts = try fleet.rows(
                    "select * from task_attempts where attempt = 0", as: AttemptRow.self)
                #expect(attempts.map(\.error_class) == ["worker_lost"])
                #expect(fleet.number("select count(*) from task_attempts where worker_id = 'w1'") == 1)
            }
        }

        @Test func `a held task that is handed back is tried at once, as the same attempt`() throws {
            try Fleet.with("back", orchestrators: 1, executors: 0, retryWorkers: 1, settings: Self.settings) { fleet in
                try start(fleet, "back", limit: 300)
                try takeAndVanish(fleet)
                try hold(fleet, "back", milliseconds: 60_000)
                try hold(fleet, "back", milliseconds: 0, worker: "somebody else")
                try hold(fleet, "back", milliseconds: 0)
                try fleet.startExecutor()
                let run = try fleet.waitForRun("back", seconds: 20)
                #expect(run.status == "completed")
                #expect(try messages(fleet) == ["back/a/0", "back/a/0"])
            }
        }

        @Test func `a held task whose executor is killed is lost, and another executor ends it`() throws {
            let quick = Self.settings.merging(["EXECUTOR_HOLD_AFTER": "0.5"]) { $1 }
            try Fleet.with("killed", orchestrators: 1, executors: 1, retryWorkers: 1, settings: quick) { fleet in
                let task = Flows.task("a", "sleep", inputs: ["ms": 4000])
                try fleet.produce([Flows.request("killed", flow: flow([task]))])
                try fleet.wait(
                    for: "select count(*) from task_execution_history where status = 'running'", atLeast: 1)
                for old in fleet.executors {
                    old.kill()
                    fleet.forget(old)
                }
                try fleet.startExecutor()
                let run = try fleet.waitForRun("killed", seconds: 60)
                #expect(run.status == "completed")
                let attempts = try fleet.rows("select * from task_attempts where attempt = 0", as: AttemptRow.self)
                #expect(attempts.map(\.error_class) == ["worker_lost"])
            }
        }

        @Test func `a held task whose executor is stopped is handed back, and another executor ends it`() throws {
            let quick = Self.settings.merging(["EXECUTOR_HOLD_AFTER": "0.5", "EXECUTOR_SHUTDOWN_GRACE": "0.2"]) { $1 }
            try Fleet.with("stopped", orchestrators: 1, executors: 1, retryWorkers: 1, settings: quick) { fleet in
                let task = Flows.task("a", "sleep", inputs: ["ms": 6000])
                try fleet.produce([Flows.request("stopped", flow: flow([task]))])
                try fleet.wait(
                    for: "select count(*) from task_execution_history where status = 'running'", atLeast: 1)
                for old in fleet.executors {
                    old.terminate()
                    fleet.forget(old)
                }
                try fleet.startExecutor()
                let run = try fleet.waitForRun("stopped", seconds: 60)
                #expect(run.status == "completed")
                #expect(fleet.number("select count(*) from task_attempts") == 0)
            }
        }

        @Test func `the lane ends a held task at its time limit`() throws {
            try Fleet.with("overdue", orchestrators: 1, executors: 0, settings: Self.settings) { fleet in
                let task = Flows.task("a", more: ["timeout": 3, "max_retries": 0])
                try fleet.produce([Flows.request("overdue", flow: Flows.flow([task]))])
                try fleet.wait(for: "select count(*) from flow_run_history", atLeast: 1)
                try hold(fleet, "overdue", milliseconds: 60_000)
                let run = try fleet.waitForRun("overdue", seconds: 20)
                #expect(run.status == "failed")
                #expect(try fleet.tasks(of: "overdue")["a"]?.error_class == "timeout")
            }
        }
    }
}
