import TestSupport
import Testing

/// Failures become letters, letters become few errors, and a campaign gives them another chance.
extension Scenarios {
    @Suite(.services) struct DeadLetters {
        private static let kinds = ["validation: field 'x%' is missing", "invalid order %", "malformed /data/%/x"]

        /// Runs whose first task fails once: redriven, it succeeds.
        private func fail(_ fleet: Fleet, _ count: Int, prefix: String = "bad", times: Int = 1) throws {
            try fleet.produce(
                (0..<count).map { number in
                    let error = Self.kinds[number % Self.kinds.count].replacing("%", with: "\(number)")
                    let inputs: JSONTree = [
                        "times": .number(Double(times)), "error": .string(error),
                        "output": ["n": .number(Double(number))],
                    ]
                    return Flows.request(
                        "\(prefix)\(number)",
                        flow: Flows.flow([
                            Flows.task("t", "fail", inputs: inputs), Flows.task("u", after: ["t"]),
                        ]))
                })
        }

        private func waitForLetters(_ fleet: Fleet, _ count: Int, seconds: Double = 60) throws {
            try fleet.wait(for: "select count(*) from dead_letters", atLeast: count, seconds: seconds)
        }

        private func create(_ fleet: Fleet, _ id: String, _ flags: String...) throws {
            let words = ["campaign", "create", "--all", "--yes", "--id", id, "--rate", "500"] + flags
            let made = try fleet.command(words)
            try #require(made.status == 0, "\(made.errors)")
        }

        private func status(_ fleet: Fleet, _ id: String) throws -> String {
            let row = try fleet.rows(
                "select status from campaigns where campaign_id = '\(id)'", as: [String: String].self)
            return row.first?["status"] ?? "unknown"
        }

        private func expectOnce(_ fleet: Fleet, _ count: Int) throws {
            let done = fleet.number("select count(*) from flow_run_history where status = 'completed'")
            let open = fleet.number("select count(*) from dead_letters where state = 'open'")
            let commands = fleet.number(
                "select count(*) from audit_log where action = 'task_retry_requested' and outcome = 'done'")
            let attempts = fleet.number("select max(attempts) from task_execution_history where task_id = 't'")
            #expect(done == count && open == 0)
            #expect(commands == count, "each run was redriven once")
            #expect(attempts == 2, "each task was tried twice, never more")
        }

        @Test func `2,000 failures of three kinds are three errors, and a campaign completes all of their runs`() throws
        {
            try Fleet.with("letters", retryWorkers: 1, drainers: 1) { fleet in
                try fail(fleet, 2_000)
                try fleet.waitForRuns(2_000, seconds: 90)
                try waitForLetters(fleet, 2_000)
                let prints = try fleet.rows(
                    "select pattern from fingerprints order by 1", as: [String: String].self)
                let patterns = prints.map { $0["pattern"] ?? "" }
                #expect(
                    patterns == [
                        "invalid order <n>", "malformed <path>", "validation: field <text> is missing",
                    ])
                let dryRun = try fleet.command("campaign", "create", "--all", "--dry-run", "-o", "jsonl")
                #expect(dryRun.text.contains(#""letters":2000,"runs":2000"#), "\(dryRun.text)")
                try create(fleet, "all", "--concurrency", "200", "--reason", "mended")
                let watched = try fleet.command("campaign", "get", "all", "--watch", "--timeout", "120")
                #expect(watched.status == 0, "\(watched.text)\(watched.errors)")
                #expect(watched.text.contains("canary: "), "\(watched.text)")
                try fleet.wait(
                    for: "select count(*) from flow_run_history where status = 'completed'", atLeast: 2_000,
                    seconds: 30)
                try expectOnce(fleet, 2_000)
                let canary = fleet.number(
                    """
                    select count(*) from campaign_items where sent_at <
                        (select min(ended_at) from campaign_items where item > 10)
                    """)
                #expect(canary ?? 0 >= 10)
                print(watched.text)
            }
        }

        @Test func `a campaign whose fault is not mended stops itself after the canary`() throws {
            try Fleet.with("stops", retryWorkers: 1, drainers: 1) { fleet in
                try fail(fleet, 60, times: 2)
                try waitForLetters(fleet, 60)
                try create(fleet, "early", "--canary", "5")
                let watched = try fleet.command("campaign", "get", "early", "--watch", "--timeout", "60")
                #expect(watched.status == 10, "\(watched.text)")
                let state = try status(fleet, "early")
                #expect(state == "stopped")
                let sent = fleet.number("select sent from campaigns")
                #expect(sent == 5)
                try waitForLetters(fleet, 65)
                let resumed = try fleet.command("campaign", "resume", "early", "--reason", "mended now")
                #expect(resumed.status == 0, "\(resumed.errors)")
                try fleet.wait(for: "select failed from campaigns", atLeast: 6, seconds: 60)
                let stopped = Waiting.until(60) { (try? status(fleet, "early")) == "stopped" }
                #expect(stopped)
                let cancelled = try fleet.command("campaign", "cancel", "early")
                #expect(cancelled.status == 0)
                let again = try fleet.command("campaign", "pause", "early")
                #expect(again.status == 5)
            }
        }

        @Test func `garbage of others on the topic is kept as bytes`() throws {
            try Fleet.with("garbage", orchestrators: 0, executors: 0, drainers: 1) { fleet in
                let garbage: [[UInt8]?] = [[0xFF, 0, 0xFE], nil, Array("not json".utf8), Array("[1,2]".utf8)]
                for bytes in garbage { try fleet.produceRaw(bytes, to: .deadLetters, partition: 0) }
                try fleet.produceLines(
                    [#"{"message_id":"mine/1","error":"what I say"}"#], to: .deadLetters, partition: 0)
                try waitForLetters(fleet, 5)
                let rows = try fleet.rows(
                    "select message_id, kind, encode(value, 'hex') as value from dead_letters order by id",
                    as: [String: String?].self)
                let values = rows.map { $0["value"] ?? nil }
                #expect(values == ["ff00fe", "", "6e6f74206a736f6e", "5b312c325d", nil])
                let kinds = rows.map { $0["kind"] ?? nil }
                #expect(kinds == Array(repeating: "record", count: 5))
                let ids = rows.map { $0["message_id"] ?? nil }.first
                #expect(ids == "dl/\(fleet.topicPrefix)dead_letter_queue/0/0")
                let letter = try fleet.command("dead-letter", "list", "-o", "jsonl").text
                #expect(letter.contains(#""error":"what I say""#))
                let redriven = try fleet.command("dead-letter", "redrive", "mine/1")
                #expect(redriven.status == 5)
            }
        }
    }

    @Suite(.durableServices) struct DrainerFaults {
        private func letters(_ count: Int) -> [JSONTree] {
            (0..<count).map { ["message_id": .string("m\($0)"), "kind": "record", "error": .string("error \($0)")] }
        }

        @Test(arguments: ["received", "inserted-not-committed"])
        func `a drainer killed while it drains keeps every letter once`(_ point: String) throws {
            let soon = ["ORCHESTRATOR_KAFKA_SESSION_TIMEOUT": "3"]
            try Fleet.with("drain", orchestrators: 0, executors: 0, settings: soon) { fleet in
                try fleet.produce(letters(3_000), to: .deadLetters)
                let victim = try fleet.startDrainer(settings: ["FLOWFLEET_KILL_POINT": point])
                let isDead = Waiting.until(30) { !victim.isRunning }
                #expect(isDead, "\(point) was never passed")
                victim.kill()
                fleet.forget(victim)
                try fleet.startDrainer()
                try fleet.wait(for: "select count(*) from dead_letters", atLeast: 3_000, seconds: 60)
                try fleet.produce([["message_id": "last", "error": "error"]], to: .deadLetters)
                try fleet.wait(for: "select count(*) from dead_letters where message_id = 'last'", atLeast: 1)
                let counted = fleet.number("select sum(letters) from fingerprints")
                let rows = fleet.number("select count(*) from dead_letters")
                #expect(rows == 3_001 && counted == 3_001)
            }
        }

        @Test(arguments: ["marked-not-sent:4", "sent-not-noted:4"])
        func `a drainer killed in the middle of a campaign redrives nothing twice`(_ point: String) throws {
            try Fleet.with("lead", retryWorkers: 1) { fleet in
                let error: JSONTree = ["times": 1, "error": "invalid", "output": [:]]
                let flow = Flows.flow([Flows.task("t", "fail", inputs: error)])
                try fleet.produce((0..<300).map { Flows.request("r\($0)", flow: flow) })
                let victim = try fleet.startDrainer(settings: ["FLOWFLEET_KILL_POINT": point])
                try fleet.wait(for: "select count(*) from dead_letters", atLeast: 300, seconds: 60)
                let made = try fleet.command(
                    "campaign", "create", "--all", "--yes", "--id", "c", "--rate", "100", "--canary", "20")
                #expect(made.status == 0, "\(made.errors)")
                let isDead = Waiting.until(30) { !victim.isRunning }
                #expect(isDead, "\(point) was never passed")
                victim.kill()
                fleet.forget(victim)
                try fleet.startDrainer()
                let watched = try fleet.command("campaign", "get", "c", "--watch", "--timeout", "120")
                #expect(watched.status == 0, "\(watched.text)\(watched.errors)")
                let done = fleet.number("select count(*) from flow_run_history where status = 'completed'")
                let commands = fleet.number(
                    "select count(*) from audit_log where action = 'task_retry_requested' and outcome = 'done'")
                let attempts = fleet.number("select max(attempts) from task_execution_history")
                #expect(done == 300 && commands == 300 && attempts == 2)
            }
        }

        @Test func `a drainer waits through a restart of Postgres and of Kafka`() throws {
            try Fleet.with("outage", orchestrators: 0, executors: 0, drainers: 1) { fleet in
                try fleet.produce(letters(500), to: .deadLetters)
                try fleet.services.kill(.postgres)
                Waiting.forSeconds(1)
                try fleet.services.restart(.postgres)
                try fleet.wait(for: "select count(*) from dead_letters", atLeast: 500, seconds: 60)
                try fleet.services.kill(.kafka)
                try fleet.services.restart(.kafka)
                try fleet.produce([["message_id": "after", "error": "error"]], to: .deadLetters)
                try fleet.wait(
                    for: "select count(*) from dead_letters where message_id = 'after'", atLeast: 1, seconds: 60)
                let rows = fleet.number("select count(*) from dead_letters")
                #expect(rows == 501)
                let ended = fleet.processes.filter { !$0.isRunning }.map(\.name)
                #expect(ended == [])
            }
        }
    }
}
