import API
import Platform
import Workflow

/// `run cancel`, `run pause`, `run resume` and `run retry`: commands whose outcome the run's lane tells.
extension Command {
    static let runCancel = control(.cancel, "cancel a run and whatever it has running")
    static let runPause = control(.pause, "pause a run: what runs ends, nothing new starts")
    static let runResume = control(.resume, "let a paused run go on")

    static let runRetry = Command(
        "run retry", "let the failed tasks of a run try again, or start a new run from one of its stages",
        discussion: """
            The tasks get max_retries + 1 new attempts in the same run, what was skipped because of them is open again,
            and their dead letters are closed as redriven. Sends the command and waits (up to --timeout, default 5 s)
            for what the run's lane makes of it.
            With --from a new run is made instead: the stage and what depends on it run again, everything else is taken
            over from this run, which stays as it is. One retry of a run is live at a time.
            """,
        operands: [Operand("RUN", "the run's id")],
        flags: [
            Flag("task", "TASK", "only this task, which must have failed; repeatable (default all)", repeats: true),
            Flag("after-attempt", "NUMBER", "refuse unless this was the last attempt, counted from 0"),
        ] + StageFlags.all + commandFlags,
        examples: [
            "flowfleet run retry $RUN", "flowfleet run retry $RUN --task fetch --reason \"the host is back\"",
            "flowfleet run retry $RUN --from summarise --plan",
            "flowfleet run retry $RUN --from summarise --input-patch '{\"tone\": \"dry\"}'",
        ]
    ) { call throws(CommandFailure) in
        if let stage = call.values.text("from") {
            return try StageRetryCall(call, Connections(call)).run(from: stage)
        }
        for flag in StageFlags.all where call.values.isSet(flag.name) {
            throw .usage("--\(flag.name) needs --from")
        }
        var command = draft(.retry, call)
        command.tasks = call.values.all("task")
        command.afterAttempt = try call.values.number("after-attempt")
        return try send(command, call, wait: .seconds(5))
    }

    private static let commandFlags = [
        Flag("reason", "TEXT", "why; kept in the audit log"),
        Flag("actor", "NAME", "who; kept in the audit log (default the login name)"),
        Flag("request-id", "ID", "the command's id; sent twice it is applied once (default a new UUID)"),
    ]

    private static func control(_ kind: CommandDraft.Kind, _ summary: String) -> Command {
        Command(
            "run \(kind.rawValue)", summary,
            discussion: """
                Sends the command and waits (up to --timeout, default 10 s) for what the run's lane makes of it. A
                command for a run nobody knows yet waits for that run for an hour.
                """,
            operands: [Operand("RUN", "the run's id")],
            flags: commandFlags,
            examples: ["flowfleet run \(kind.rawValue) $RUN --reason \"wrong input\""]
        ) { call throws(CommandFailure) in
            return try send(draft(kind, call), call, wait: .seconds(10))
        }
    }

    private static func draft(_ kind: CommandDraft.Kind, _ call: Invocation) -> CommandDraft {
        CommandDraft(
            kind, runID: call.operand(0), requestID: call.values.text("request-id") ?? randomID(),
            reason: call.values.text("reason"), actor: call.values.text("actor") ?? call.loginName)
    }

    private static func send(
        _ command: CommandDraft, _ call: Invocation, wait: Duration
    ) throws(CommandFailure) -> ExitCode {
        let limit = try call.values.duration("timeout") ?? wait
        let connections = try Connections(call)
        let (reader, requests) = (connections.reader(), connections.requests())
        try asking { () throws(ServiceFailure) in try requests.send(command) }
        let wait = RunWait(limit: limit, unknownLimit: nil, elapsed: Stopwatch().elapsed, pause: Stopwatch.pause)
        let outcome: CommandOutcome?
        do throws(ServiceFailure) {
            outcome = try wait.forOutcome(of: command, reader: reader)
        } catch {
            guard error.code != .conflict else { throw CommandFailure(error) }
            throw CommandFailure(
                .unreachable, "the command is sent and will be carried out, but its outcome cannot be read",
                details: [error.message],
                advice: "once that is mended: the same command with --request-id \(command.requestID) tells")
        }
        guard let outcome else { throw try unanswered(command, reader) }
        guard outcome.isDone else {
            throw CommandFailure(
                .conflict, "\(command.kind.rawValue) was refused: \(outcome.detail ?? "no reason given")")
        }
        var record = OutputRecord()
        record.add("run_id", .text(command.runID))
        record.add("request_id", .text(command.requestID))
        record.add("outcome", .text("done"))
        record.add("detail", .init(outcome.detail))
        call.printer.one(record)
        return .ok
    }

    private static func unanswered(_ command: CommandDraft, _ reader: RunReader) throws(CommandFailure)
        -> CommandFailure
    {
        let run = try asking { () throws(ServiceFailure) in try reader.find(command.runID) }
        guard run == nil else {
            return CommandFailure(
                .waitTimedOut, "the command is sent, but no orchestrator has dealt with it yet",
                advice: "is flowfleet-orchestrator running?")
        }
        return CommandFailure(
            .notFound, "no run \(command.runID) is known; the command waits for it for an hour",
            advice: "flowfleet run list shows the runs")
    }
}
