import Foundation
import TestSupport
import Testing

/// Item 6: what a process refuses to start with, and how it says so.
extension Scenarios {
    @Suite struct Start {
        private func waitForEnd(_ process: FleetProcess, seconds: Double = 20) -> Int32? {
            Waiting.until(seconds) { !process.isRunning } ? process.terminate() : nil
        }

        @Test func `wrong settings are all named at once`() throws {
            try Fleet.with("settings", orchestrators: 0, executors: 0, topics: false) { fleet in
                let wrong = [
                    "ORCHESTRATOR_KAFKA_SESSION_TIMEOUT": "soon", "ORCHESTRATOR_METRICS_PORT": "99999",
                    "EXECUTOR_METRICS_PORT": "-1", "ORCHESTRATOR_LOG_LEVEL": "LOUD", "EXECUTOR_SLOTS": "none",
                ]
                let orchestrator = try fleet.startOrchestrator(settings: wrong)
                let executor = try fleet.startExecutor(settings: wrong)
                #expect(waitForEnd(orchestrator) == 78)
                #expect(waitForEnd(executor) == 78)
                for name in [
                    "ORCHESTRATOR_KAFKA_SESSION_TIMEOUT", "ORCHESTRATOR_METRICS_PORT", "ORCHESTRATOR_LOG_LEVEL",
                ] {
                    #expect(orchestrator.logText.contains(name), "\(orchestrator.logText)")
                }
                for name in ["ORCHESTRATOR_LOG_LEVEL", "EXECUTOR_METRICS_PORT", "EXECUTOR_SLOTS"] {
                    #expect(executor.logText.contains(name), "\(executor.logText)")
                }
            }
        }

        @Test func `an orchestrator waits for the topic of a pool, and goes on once it is there`() throws {
            try Fleet.with("nopool", orchestrators: 0, executors: 1) { fleet in
                let pools = ["ORCHESTRATOR_POOLS": "default,gpu"]
                let orchestrator = try fleet.startOrchestrator(settings: pools)
                let said = "task_queue.gpu does not exist: run `flowfleet admin topics`"
                let isSaid = Waiting.until(20) { orchestrator.logText.contains(said) }
                #expect(isSaid, "\(orchestrator.logText)")
                let made = try fleet.command("admin", "topics", settings: pools)
                #expect(made.status == 0)
                try fleet.produce([Flows.request("r", flow: Flows.chain(2))])
                let run = try fleet.waitForRun("r", seconds: 40)
                #expect(run.status == "completed")
            }
        }

        @Test func `an executor refuses a Redis address that says nothing`() throws {
            try Fleet.with("redisaddress", orchestrators: 0, executors: 0, topics: false) { fleet in
                let executor = try fleet.startExecutor(settings: ["ORCHESTRATOR_REDIS_URL": "nonsense"])
                #expect(waitForEnd(executor) == 78)
                #expect(executor.logText.contains("ORCHESTRATOR_REDIS_URL"), "\(executor.logText)")
            }
        }

        @Test func `a schema that is missing is refused with the command that makes it`() throws {
            try Fleet.with("noschema", orchestrators: 0, executors: 0) { fleet in
                try fleet.execute("drop schema public cascade; create schema public")
                let orchestrator = try fleet.startOrchestrator()
                #expect(waitForEnd(orchestrator) == 78)
                #expect(orchestrator.logText.contains("flowfleet admin migrate"), "\(orchestrator.logText)")
            }
        }

        @Test(.kafkaTools) func `unequal partition counts are refused with both numbers`() throws {
            try Fleet.with("unequal", orchestrators: 0, executors: 0) { fleet in
                try KafkaTools.raise(fleet.name(.taskFailed), to: 7, in: fleet)
                let orchestrator = try fleet.startOrchestrator()
                let status = waitForEnd(orchestrator)
                #expect(status != nil && status != 0)
                #expect(
                    orchestrator.logText.contains("7") && orchestrator.logText.contains("4"), "\(orchestrator.logText)")
                #expect(orchestrator.logText.contains("task_failed"), "\(orchestrator.logText)")
            }
        }

        @Test func `another installation's Kafka group is refused and the way out is named`() throws {
            try Fleet.with("foreign", orchestrators: 1, executors: 1) { fleet in
                try fleet.produce([Flows.request("one", flow: Flows.chain(2))])
                try fleet.waitForRuns(1)
                Waiting.forSeconds(1.5)
                let first = fleet.orchestrators[0]
                #expect(first.terminate() == 0)
                fleet.forget(first)
                try fleet.execute("drop schema public cascade; create schema public")
                try fleet.migrate()
                let second = try fleet.startOrchestrator()
                let status = waitForEnd(second)
                #expect(status != nil && status != 0)
                #expect(second.logText.contains("adopt"), "\(second.logText)")
                for process in [try fleet.startDrainer(), try fleet.startRetryWorker()] {
                    let status = waitForEnd(process)
                    #expect(status == 78, "\(process.name)")
                    #expect(process.logText.contains("flowfleet admin adopt"), "\(process.logText)")
                }
            }
        }

        @Test func `services that are not there yet are waited for`() throws {
            try Fleet.with("waiting", orchestrators: 0, executors: 0) { fleet in
                let nowhere = "127.0.0.1:\(FreePort.next())"
                let process = try fleet.startOrchestrator(settings: [
                    "ORCHESTRATOR_DATABASE_URL": "postgresql://postgres:postgres@\(nowhere)/none"
                ])
                let answered = Waiting.until(10) { process.get("/health") != nil }
                let health = process.get("/health")
                #expect(answered && process.isRunning, "\(process.logText)")
                #expect(health?.status == 503)
                #expect(health?.body.lowercased().contains("postgres") == true, "\(health?.body ?? "no answer")")
                #expect(process.terminate(within: 10) == 0)
            }
        }
    }

    @Suite struct Positions {
        @Test(.kafkaTools) func `a topic that was made anew is a lane gap and the lane goes on`() throws {
            try Fleet.with("anew", orchestrators: 1, executors: 1) { fleet in
                let before = (0..<40).map { Flows.request("before\($0)", flow: Flows.chain(2)) }
                for partition in 0..<4 {
                    try fleet.produce(Array(before[(partition * 10)..<(partition * 10 + 10)]), partition: partition)
                }
                try fleet.waitForRuns(40)
                let first = fleet.orchestrators[0]
                first.terminate()
                fleet.forget(first)
                try KafkaTools.delete(fleet.name(.flowRuns), in: fleet)
                try KafkaTools.create(fleet.name(.flowRuns), partitions: 4, in: fleet)
                // Shorter than the old position, just as long, longer, and far longer.
                for (partition, count) in [1, 10, 11, 30].enumerated() {
                    let after = (0..<count).map { Flows.request("after\(partition)-\($0)", flow: Flows.chain(2)) }
                    try fleet.produce(after, partition: partition)
                }
                try fleet.startOrchestrator()
                try fleet.waitForRuns(52, where: "run_id like 'after%'")
                try fleet.wait(for: "select count(*) from lane_gaps", atLeast: 4)
            }
        }
    }
}

/// Kafka's own tools, for what a user could do behind our back.
enum KafkaTools {
    static func create(_ topic: String, partitions: Int, in fleet: Fleet) throws {
        try topics(
            ["--create", "--topic", topic, "--partitions", String(partitions), "--replication-factor", "1"], fleet)
    }

    /// Returns once the name is free again.
    static func delete(_ topic: String, in fleet: Fleet) throws {
        try topics(["--delete", "--topic", topic], fleet)
        let isGone = try Waiting.until(10) {
            try !Command.succeed("kcat", ["-b", fleet.services.kafka, "-L"]).text.contains("\"\(topic)\"")
        }
        guard isGone else { throw NotInTime("topic \(topic) is still there") }
    }

    static func raise(_ topic: String, to partitions: Int, in fleet: Fleet) throws {
        try topics(["--alter", "--topic", topic, "--partitions", String(partitions)], fleet)
    }

    private static func topics(_ arguments: [String], _ fleet: Fleet) throws {
        try Command.succeed(
            fleet.services.kafkaHome + "/bin/kafka-topics.sh", ["--bootstrap-server", fleet.services.kafka] + arguments)
    }
}
