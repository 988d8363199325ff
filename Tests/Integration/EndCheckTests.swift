import Foundation
import TestSupport
import Testing

/// The checker itself: a history that is in order passes, and each doctored one is refused.
@Suite struct EndCheckTests {
    private static func record(_ topic: String, _ value: JSONTree) -> TopicRecord {
        TopicRecord(topic: topic, partition: 0, offset: 0, value: value)
    }

    /// A row out of its columns; the rest is null.
    private static func row<Row: Decodable>(_ columns: JSONTree) -> Row {
        do {
            return try JSONDecoder().decode(Row.self, from: Data(columns.text.utf8))
        } catch {
            fatalError("not a \(Row.self): \(error)")
        }
    }

    /// One run of two tasks, in order in every respect.
    private static var sound: History {
        var history = History()
        history.runs = [
            row([
                "run_id": "r", "flow_id": "f", "status": "completed", "tenant_id": "default", "correlation_id": "r",
                "output_data": ["v": 1], "created_at": "2026-01-01T00:00:00+00:00",
                "completed_at": "2026-01-01T00:00:02.5+00:00", "lane": 0, "degraded": false,
            ])
        ]
        for task in ["a", "b"] {
            history.tasks.append(
                row(["run_id": "r", "task_id": .string(task), "handler": "echo", "status": "succeeded", "attempts": 1]))
            let message = JSONTree.string("r/\(task)/0")
            history.dispatches.append(
                record(
                    "task_queue",
                    ["message_id": message, "run_id": "r", "enqueued_at": "2026-01-01T00:00:01.000Z", "inputs": 1]))
            history.results.append(record("task_done", ["run_id": "r", "task_id": .string(task), "attempt": 0]))
        }
        history.ledger = ["r/a", "r/b"]
        history.mirrors = ["r": ["status": "completed"]]
        history.logs = ["orchestrator-1": "{\"level\":\"INFO\"}"]
        return history
    }

    private static var expected: ExpectedHistory {
        var expected = ExpectedHistory(runs: ["r": .completed(["a", "b"], output: ["v": 1])])
        expected.secret = "hunter2"
        return expected
    }

    @Test func `a sound history is accepted`() {
        let problems = EndCheck.problems(of: Self.sound, expecting: Self.expected)
        #expect(problems == [])
    }

    static let doctored: [(name: String, change: @Sendable (inout History) -> Void)] = [
        ("a run is missing", { $0.runs = [] }),
        ("a run nobody asked for", { $0.runs[0].run_id = "x" }),
        ("a run has two rows", { $0.runs.append($0.runs[0]) }),
        ("a run ended otherwise", { $0.runs[0].status = "failed" }),
        ("a run never ended", { $0.runs[0].status = "running" }),
        ("an end without a time", { $0.runs[0].completed_at = nil }),
        ("another output", { $0.runs[0].output_data = ["v": 2] }),
        ("a task row is missing", { $0.tasks.removeLast() }),
        ("a task has two rows", { $0.tasks.append($0.tasks[0]) }),
        ("a task that is not in the flow", { $0.tasks[0].task_id = "z" }),
        ("a task ended otherwise", { $0.tasks[0].status = "failed" }),
        ("a result counted twice", { $0.tasks[0].attempts = 2 }),
        (
            "an attempt with two rows",
            {
                let twice: AttemptRow = row(["run_id": "r", "task_id": "a", "attempt": 0, "status": "failed"])
                $0.attempts = [twice, twice]
            }
        ),
        ("a message with two values", { $0.dispatches.append(changed($0.dispatches[0], "inputs", 2)) }),
        (
            "a dispatch after the end",
            { $0.dispatches[0] = changed($0.dispatches[0], "enqueued_at", "2026-01-01T00:00:03.000Z") }
        ),
        ("a dispatch repeated without a fault", { $0.dispatches.append($0.dispatches[0]) }),
        ("a result repeated without a fault", { $0.results.append($0.results[0]) }),
        ("a success nobody published", { $0.results.removeFirst() }),
        ("an execution too many", { $0.ledger?.append("r/a") }),
        (
            "a dead letter nobody planted",
            { $0.deadLetters = [record("dead_letter_queue", ["message_id": "dl/r/a/0"])] }
        ),
        ("Redis is behind", { $0.mirrors["r"] = ["status": "running"] }),
        ("a record was not read", { $0.unread = 1 }),
        ("an outbox row is left", { $0.outboxRows = 1 }),
        ("a retry is overdue", { $0.overdueRetries = 1 }),
        ("a secret in a log", { $0.logs["executor-1"] = "password hunter2" }),
    ]

    private static func changed(_ record: TopicRecord, _ key: String, _ value: JSONTree) -> TopicRecord {
        guard case .object(var members) = record.value else { return record }
        members[key] = value
        return Self.record(record.topic, .object(members))
    }

    @Test(arguments: doctored.indices)
    func `a doctored history is refused`(_ index: Int) {
        var history = Self.sound
        Self.doctored[index].change(&history)
        let problems = EndCheck.problems(of: history, expecting: Self.expected)
        #expect(!problems.isEmpty, "\(Self.doctored[index].name) was not noticed")
    }

    @Test func `a dead letter that is missing is noticed`() {
        var expected = Self.expected
        expected.deadLetters = ["dl/r/a/0"]
        let problems = EndCheck.problems(of: Self.sound, expecting: expected)
        #expect(problems == ["dead letter dl/r/a/0 is missing"])
    }

    @Test func `what a fault may repeat is allowed and no more`() {
        var history = Self.sound
        var expected = Self.expected
        history.results.append(history.results[0])
        history.dispatches.append(history.dispatches[0])
        expected.extraExecutions = 1
        expected.extraDispatches = 1
        let allowed = EndCheck.problems(of: history, expecting: expected)
        history.results.append(history.results[0])
        let tooMany = EndCheck.problems(of: history, expecting: expected)
        #expect(allowed == [])
        #expect(tooMany.count == 1)
    }
}
