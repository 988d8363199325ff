/// What a load must have led to, and how much was done to it meanwhile.
package struct ExpectedHistory: Sendable {
    package struct Run: Sendable {
        package var status: String
        /// Status by task id: every task of the run, none missing.
        package var tasks: [String: String]
        /// The run's output; nil where the test does not say.
        package var output: JSONTree?
        /// Tries of each task, where it is more than one.
        package var attempts: [String: Int] = [:]
        /// Tasks that a fault may cost an attempt, because they are held.
        package var mayBeLost: Set<String> = []

        package init(status: String, tasks: [String: String], output: JSONTree? = nil, attempts: [String: Int] = [:]) {
            self.status = status
            self.tasks = tasks
            self.output = output
            self.attempts = attempts
        }

        package static func completed(_ tasks: [String], output: JSONTree? = nil) -> Run {
            Run(
                status: "completed", tasks: Dictionary(uniqueKeysWithValues: tasks.map { ($0, "succeeded") }),
                output: output)
        }
    }

    package var runs: [String: Run]
    /// Message ids of the dead letters that must be there, each once.
    package var deadLetters: Set<String> = []
    /// Executions beyond one an attempt, allowed for the faults of the load: none without faults.
    package var extraExecutions = 0
    /// Dispatches beyond one a message id.
    package var extraDispatches = 0
    /// A text planted in payloads that no log may hold.
    package var secret: String?

    package init(runs: [String: Run]) { self.runs = runs }
}

/// The end-of-run checks: exact, over rows and records, a pure function. Gives one sentence for each thing that is off.
package struct EndCheck {
    private let history: History
    private let expected: ExpectedHistory
    private var problems: [String] = []

    package static func problems(of history: History, expecting expected: ExpectedHistory) -> [String] {
        var check = EndCheck(history: history, expected: expected)
        check.requests()
        check.tasks()
        check.dispatches()
        check.executions()
        check.deadLetters()
        check.mirrors()
        check.rest()
        return check.problems
    }

    private init(history: History, expected: ExpectedHistory) {
        self.history = history
        self.expected = expected
    }

    private mutating func report(_ problem: String) { problems.append(problem) }

    /// (1) accepted requests = distinct runs, none missing; (2) every run has ended, as its script says.
    private mutating func requests() {
        var seen: Set<String> = []
        for run in history.runs {
            guard let script = expected.runs[run.run_id] else {
                report("run \(run.run_id) was never asked for")
                continue
            }
            if !seen.insert(run.run_id).inserted { report("run \(run.run_id) has two rows") }
            if run.status != script.status { report("run \(run.run_id) is \(run.status), not \(script.status)") }
            if run.hasEnded != (run.completed_at != nil) {
                report("run \(run.run_id) is \(run.status) and its end is not noted")
            }
            if let output = script.output, run.output_data != output {
                report("run \(run.run_id) gave \(run.output_data?.text ?? "nothing"), not \(output.text)")
            }
        }
        for missing in expected.runs.keys.filter({ !seen.contains($0) }).sorted() {
            report("run \(missing) is missing")
        }
    }

    /// (3) each task has one counted result; (6) the rows say what the facts say.
    private mutating func tasks() {
        var seen: [String: Set<String>] = [:]
        for row in history.tasks {
            let name = "task \(row.run_id)/\(row.task_id)"
            guard let script = expected.runs[row.run_id] else { continue }
            if !seen[row.run_id, default: []].insert(row.task_id).inserted { report("\(name) has two rows") }
            guard let status = script.tasks[row.task_id] else {
                report("\(name) is not in its flow")
                continue
            }
            if row.status != status { report("\(name) is \(row.status), not \(status)") }
            let ran = status == "succeeded" || status == "failed" || status == "degraded"
            let tries = script.attempts[row.task_id] ?? (ran ? 1 : 0)
            let isMore = script.mayBeLost.contains(row.task_id) && row.attempts > tries
            if row.attempts != tries, !isMore { report("\(name) counts \(row.attempts) tries, not \(tries)") }
        }
        for (run, script) in expected.runs {
            for task in script.tasks.keys where seen[run]?.contains(task) != true {
                report("task \(run)/\(task) has no row")
            }
        }
        let failures = Dictionary(grouping: history.attempts, by: { "\($0.run_id)/\($0.task_id)/\($0.attempt)" })
        for (attempt, rows) in failures where rows.count > 1 { report("attempt \(attempt) has \(rows.count) rows") }
    }

    /// One message id, one JSON value, for ever; (5) nothing starts after its run's end.
    private mutating func dispatches() {
        let ends = Dictionary(
            history.runs.compactMap { run in run.completed_at.map { (run.run_id, Instant($0)) } },
            uniquingKeysWith: { $1 })
        var first: [String: JSONTree] = [:]
        var repeated = 0
        for record in history.dispatches {
            guard let message = record.value["message_id"]?.string, let run = record.value["run_id"]?.string else {
                report("a task message without ids: \(record.value.text.prefix(200))")
                continue
            }
            // What comes again after a look, or was given back, carries the time of that fact and goes alone.
            let value = record.value.without("enqueued_at").without("then").without("scope")
            if let other = first.updateValue(value, forKey: message) {
                repeated += 1
                if other != value { report("message \(message) was sent with two values") }
            }
            if let end = ends[run] ?? nil, let ready = Instant(record.value["enqueued_at"]?.string), ready > end {
                report("message \(message) became ready after its run's end")
            }
        }
        if repeated > expected.extraDispatches {
            report("\(repeated) dispatches were repeated, \(expected.extraDispatches) allowed")
        }
    }

    /// (4) executions = results, plus at most what the faults allow.
    private mutating func executions() {
        var results: Set<String> = []
        var extra = 0
        for record in history.results where record.value["event_type"] == nil {
            guard let run = record.value["run_id"]?.string, let task = record.value["task_id"]?.string else { continue }
            if !results.insert("\(run)/\(task)/\(record.value["attempt"]?.int ?? -1)").inserted { extra += 1 }
        }
        if extra > expected.extraExecutions {
            report("\(extra) results were repeated, \(expected.extraExecutions) allowed")
        }
        for row in history.tasks where row.status == "succeeded" || row.status == "degraded" {
            if !results.contains("\(row.run_id)/\(row.task_id)/\(row.attempts - 1)") {
                report("task \(row.run_id)/\(row.task_id) is \(row.status) and no result of it was ever published")
            }
        }
        guard let ledger = history.ledger else { return }
        let distinct = Set(ledger).count
        if ledger.count - distinct > expected.extraExecutions {
            report("\(ledger.count - distinct) executions too many in the ledger, \(expected.extraExecutions) allowed")
        }
    }

    /// (7) dead letters = planted + given up, exactly. A repeated publish repeats the message id and nothing else.
    private mutating func deadLetters() {
        let found = Set(history.deadLetters.compactMap { $0.value["message_id"]?.string })
        for missing in expected.deadLetters.subtracting(found).sorted() { report("dead letter \(missing) is missing") }
        for unknown in found.subtracting(expected.deadLetters).sorted() {
            report("dead letter \(unknown) was not to be")
        }
        let repeated = history.deadLetters.count - found.count
        if repeated > expected.extraDispatches { report("\(repeated) dead letters were repeated") }
    }

    /// (8) Redis agrees with Postgres where it says anything: it may forget, it may not lie.
    private mutating func mirrors() {
        for run in history.runs {
            guard let mirror = history.mirrors[run.run_id] else { continue }
            if mirror["status"]?.string != run.status {
                report("Redis says \(mirror["status"]?.text ?? "nothing") of run \(run.run_id), Postgres \(run.status)")
            }
        }
    }

    /// (9) nothing unread, overdue or waiting to be sent; (10) no secret in a log.
    private mutating func rest() {
        if history.unread != 0 { report("\(history.unread) records were not read") }
        if history.outboxRows != 0 { report("\(history.outboxRows) outbox rows were not sent") }
        if history.overdueRetries > 0 { report("\(history.overdueRetries) retries are overdue") }
        guard let secret = expected.secret else { return }
        for (name, log) in history.logs where log.contains(secret) {
            report("the log of \(name) holds the planted secret")
        }
    }
}
