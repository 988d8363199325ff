/// A fault of what the fleet stands on, or of all its programs at once, under load; each on a fleet of its own.
package struct ServiceFault: Sendable {
    package let name: String
    /// Executions and dispatches beyond one that it may cost.
    let window: Int
    /// Some faults end programs on purpose; after all others everybody must still be there.
    var endsPrograms = false
    let strike: @Sendable (Fleet, Load) throws -> Void

    package static let all: [ServiceFault] =
        serviceFaults + refusalFaults + fleetFaults

    /// Seconds from the end of the fault to the end of the last run, and what the exact checks found.
    package func play() throws -> (seconds: Double, problems: [String]) {
        var (seconds, problems): (Double, [String]) = (0, [])
        try Fleet.with("fault") { fleet in
            try fleet.startRetryWorker()
            let load = try Load(fleet)
            try load.add(60, failing: true)
            try fleet.waitForRuns(10)
            try strike(fleet, load)
            try load.add(40, failing: true)
            seconds = try fleet.waitForRuns(load.asked, seconds: 120)
            let gone = endsPrograms ? [] : fleet.processes.filter { !$0.isRunning }.map { "\($0.name) has ended" }
            var expected = load.expected
            expected.extraExecutions = window
            expected.extraDispatches = window
            let history = try fleet.history(ledger: try load.ledger)
            expected.deadLetters.formUnion(try garbage(in: fleet))
            problems = gone + EndCheck.problems(of: history, expecting: expected)
        }
        return (seconds, problems)
    }

    /// Records of the input topics that are no JSON object: each has a dead letter of its own.
    private func garbage(in fleet: Fleet) throws -> [String] {
        try [Fleet.Topic.flowRuns, .taskDone, .taskFailed].flatMap { topic in
            try fleet.read(topic).filter { $0.value.string != nil }.map {
                "dl/\(fleet.name(topic))/\($0.partition)/\($0.offset)"
            }
        }
    }

    // MARK: Services that die

    private static let serviceFaults = [
        ServiceFault(name: "broker killed and restarted", window: 2_000) { fleet, load in
            try load.add(60, failing: true)
            try fleet.services.kill(.kafka)
            Waiting.forSeconds(2)
            try fleet.services.restart(.kafka)
        },
        ServiceFault(name: "Redis FLUSHALL", window: 0) { fleet, load in
            for _ in 0..<5 {
                try load.add(20, failing: true)
                try Command.succeed("redis-cli", ["-u", fleet.services.redis, "FLUSHALL"])
            }
        },
        ServiceFault(name: "Redis killed and restarted", window: 0) { fleet, load in
            try fleet.services.kill(.redis)
            try load.add(20, failing: true)
            try fleet.services.restart(.redis)
        },
        ServiceFault(name: "Redis gone", window: 0) { fleet, load in
            try fleet.services.kill(.redis)
            defer { try? fleet.services.restart(.redis) }
            try load.add(60, failing: true)
            try fleet.waitForRuns(load.asked, seconds: 90)
        },
        ServiceFault(name: "Postgres killed and restarted", window: 500) { fleet, load in
            for _ in 0..<2 {
                try load.add(30, failing: true)
                try fleet.services.kill(.postgres)
                Waiting.forSeconds(1)
                try fleet.services.restart(.postgres)
            }
        },
    ]

    // MARK: A Postgres that refuses

    private static let refusalFaults = [
        ServiceFault(name: "backends killed, in COMMIT too", window: 500) { fleet, load in
            for _ in 0..<40 {
                try load.add(5, failing: true)
                try fleet.executeElsewhere(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = '\(fleet.id)'")
            }
        },
        ServiceFault(name: "connections exhausted", window: 500) { fleet, load in
            let hogs = try fleet.start(
                "hogs", program: "/usr/bin/env",
                arguments: ["bash", "-c", fleet.hoggingScript])
            Waiting.forSeconds(2)
            try fleet.executeElsewhere(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = '\(fleet.id)'")
            try load.add(20, failing: true)
            Waiting.forSeconds(5)
            hogs.terminate(within: 5)
            fleet.forget(hogs)
        },
        ServiceFault(name: "disk full at Postgres", window: 500) { fleet, load in
            // A disk cannot be filled here without filling everybody's: the server refuses writes with that code.
            try fleet.execute(
                """
                create function refuse() returns trigger language plpgsql as
                $$ begin raise exception 'could not extend file' using errcode = 'disk_full'; end $$;
                create trigger refuse before update on lane_checkpoint for each row execute function refuse();
                create trigger refuse before insert or update on task_retries for each row execute function refuse();
                """)
            try load.add(20, failing: true)
            Waiting.forSeconds(5)
            try fleet.execute(
                "drop trigger refuse on lane_checkpoint; drop trigger refuse on task_retries; drop function refuse()")
        },
        ServiceFault(name: "a Postgres that only reads", window: 500) { fleet, load in
            let database = "alter database \"\(fleet.id)\" set default_transaction_read_only ="
            let reconnect = "select pg_terminate_backend(pid) from pg_stat_activity where datname = '\(fleet.id)'"
            try fleet.executeElsewhere("\(database) on; \(reconnect)")
            try load.add(20, failing: true)
            Waiting.forSeconds(5)
            try fleet.executeElsewhere("\(database) off; \(reconnect)")
        },
    ]

    // MARK: Records and programs

    private static let fleetFaults = [
        ServiceFault(name: "a fifth of all records twice", window: 5_000) { fleet, load in
            for _ in 0..<3 {
                try load.add(20, failing: true)
                for topic in [Fleet.Topic.flowRuns, .taskDone, .taskFailed, .taskQueue] {
                    let records = try fleet.read(topic).enumerated().filter { $0.offset % 5 == 0 }.map(\.element.value)
                    try fleet.produce(records, to: topic)
                }
            }
        },
        ServiceFault(name: "one record in a thousand is garbage", window: 0) { fleet, load in
            try load.add(60, failing: true)
            for topic in [Fleet.Topic.flowRuns, .taskDone, .taskFailed] {
                for partition in 0..<4 { try fleet.produceLines(["garbage {"], to: topic, partition: partition) }
            }
        },
        ServiceFault(name: "one of each, four of each, one of each", window: 2_000, endsPrograms: true) { fleet, load in
            for _ in 0..<2 {
                try fleet.startOrchestrator()
                try fleet.startExecutor()
                try fleet.startRetryWorker()
                try load.add(20, failing: true)
            }
            for process in Array(fleet.orchestrators.dropFirst()) + Array(fleet.executors.dropFirst()) {
                process.terminate(within: 40)
                fleet.forget(process)
                try load.add(5, failing: true)
            }
        },
        ServiceFault(name: "rolling restarts of everything", window: 2_000, endsPrograms: true) { fleet, load in
            for process in fleet.orchestrators + fleet.executors {
                try load.add(10, failing: true)
                process.terminate(within: 40)
                fleet.forget(process)
                let isExecutor = process.name.hasPrefix("executor")
                _ = try isExecutor ? fleet.startExecutor() : fleet.startOrchestrator()
            }
        },
    ]
}

extension Fleet {
    /// On the server, beside the fleet's own database.
    fileprivate func executeElsewhere(_ statements: String) throws {
        try Command.succeed("psql", ["-Xqd", services.postgres, "-o", "/dev/null", "-c", statements])
    }

    /// Takes every connection the server still gives, and holds it.
    fileprivate var hoggingScript: String {
        """
        trap 'kill $(jobs -p) 2>/dev/null; exit' TERM
        for n in $(seq 1 120); do psql -Xqd "\(services.postgres)" -c 'select pg_sleep(60)' >/dev/null 2>&1 & done
        wait
        """
    }
}
