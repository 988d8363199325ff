import API
import Platform
import Workflow

extension Command {
    static let sessionRetry = Command(
        "session retry", "let failed tasks of a session try again, in the same runs",
        discussion: """
            All that failed, or those that are named; nothing starts unless all of them can. Waits (up to --timeout,
            default 30 s) for what the lanes make of it: each run that was refused is told with its reason.
            """,
        operands: [Operand("SESSION", "its id")],
        flags: [
            Flag("task", "RUN/TASK", "this task, or the id of a row of failed_tasks; repeatable", repeats: true),
            Flag("query", "TEXT", "only runs that were asked for with this query; repeatable", repeats: true),
            Flag("dry-run", nil, "only show what would be tried again"),
        ] + SessionFlags.all,
        examples: [
            "flowfleet session retry $SESSION --reason \"the host is back\"",
            "flowfleet session retry $SESSION --task $RUN/fetch",
        ]
    ) { call throws(CommandFailure) in
        let retries = try Connections(call).sessionRetries()
        var choice = SessionRetries.Choice(sessionID: call.operand(0))
        if call.values.isSet("task") { choice.tasks = call.values.all("task") }
        if call.values.isSet("query") { choice.queries = call.values.all("query") }
        let plan = try asking { () throws(ServiceFailure) in try retries.choose(choice) }
        if call.values.isSet("dry-run") {
            let rows = plan.runs.map { run in
                var record = OutputRecord()
                record.add("run_id", .text(run.runID))
                record.add("tasks", .json(OutputRecord.list(run.taskIDs)))
                return record
            }
            call.printer.list(rows, empty: "nothing to retry")
            return .ok
        }
        let commands = try asking { () throws(ServiceFailure) in
            try retries.send(
                plan, retryID: call.values.text("request-id") ?? randomID(), actor: SessionFlags.actor(call),
                reason: call.values.text("reason"))
        }
        return try SessionOutcomes(call, retries).tell(commands)
    }

    static let sessionCancel = control(.cancel, "cancel every run of a session that has not ended")
    static let sessionPause = control(.pause, "pause every run of a session: what runs ends, nothing new starts")
    static let sessionResume = control(.resume, "let every paused run of a session go on")

    private static func control(_ kind: CommandDraft.Kind, _ summary: String) -> Command {
        Command(
            "session \(kind.rawValue)", summary,
            discussion: """
                One command for each of its runs; waits (up to --timeout, default 30 s) for what the lanes make of them.
                Runs that are asked for later are not among them.
                """,
            operands: [Operand("SESSION", "its id")], flags: SessionFlags.all,
            examples: ["flowfleet session \(kind.rawValue) $SESSION --reason \"wrong input\""]
        ) { call throws(CommandFailure) in
            let connections = try Connections(call)
            let controls = connections.sessionControls()
            let commands = try asking { () throws(ServiceFailure) in
                try controls.send(
                    kind, to: call.operand(0), actionID: call.values.text("request-id") ?? randomID(),
                    actor: SessionFlags.actor(call), reason: call.values.text("reason"))
            }
            return try SessionOutcomes(call, connections.sessionRetries()).tell(commands)
        }
    }
}

enum SessionFlags {
    static let all = [
        Flag("reason", "TEXT", "why; kept in the audit log"),
        Flag("actor", "NAME", "who; kept in the audit log (default the login name)"),
        Flag("request-id", "ID", "begins each command's id; sent twice it is applied once (default a new UUID)"),
    ]

    static func actor(_ call: Invocation) -> String? { call.values.text("actor") ?? call.loginName }
}

/// Waits for what lanes make of many commands, with a line of progress on standard error.
struct SessionOutcomes {
    private let call: Invocation
    private let retries: SessionRetries

    init(_ call: Invocation, _ retries: SessionRetries) {
        self.call = call
        self.retries = retries
    }

    func tell(_ commands: [(requestID: String, runID: String)]) throws(CommandFailure) -> ExitCode {
        let limit = try call.values.duration("timeout") ?? .seconds(30)
        let clock = Stopwatch()
        var (open, done, refused) = (commands, 0, [(runID: String, why: String)]())
        while !open.isEmpty {
            let outcomes = try asking { () throws(ServiceFailure) in
                try retries.outcomes(of: Array(open.prefix(Self.page)))
            }
            done += outcomes.values.count { $0.isDone }
            for command in open {
                guard let outcome = outcomes[command.requestID], !outcome.isDone else { continue }
                refused.append((command.runID, outcome.detail ?? "no reason given"))
            }
            open.removeAll { outcomes[$0.requestID] != nil }
            note(commands.count - open.count, commands.count)
            guard outcomes.isEmpty, !open.isEmpty else { continue }
            guard clock.elapsed() < limit, Stopwatch.pause(.milliseconds(100)) else { break }
        }
        return show(done, refused, open.count)
    }

    private static let page = 5_000

    private func note(_ answered: Int, _ all: Int) {
        guard call.console.notesIsTerminal else { return }
        call.console.notes(Array("\r\(answered) of \(all) runs answered".utf8))
        if answered == all { call.console.note("") }
    }

    private func show(_ done: Int, _ refused: [(runID: String, why: String)], _ open: Int) -> ExitCode {
        var record = OutputRecord()
        record.add("done", .number(done))
        record.add("refused", .number(refused.count))
        record.add("unanswered", .number(open))
        call.printer.one(record)
        for (runID, why) in refused.prefix(20) { call.console.note("run \(runID): \(TextTable.harmless(why))") }
        if refused.count > 20 { call.console.note("… and \(refused.count - 20) more") }
        if open > 0 { return .waitTimedOut }
        return refused.isEmpty ? .ok : .conflict
    }
}
