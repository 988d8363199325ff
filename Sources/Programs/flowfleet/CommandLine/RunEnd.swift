import API
import Platform
import Workflow

/// Waits for the end of a run and says on standard error how it went.
struct RunEnd {
    private let call: Invocation
    private let connections: Connections

    init(_ call: Invocation, _ connections: Connections) {
        self.call = call
        self.connections = connections
    }

    /// An id that stays unknown this long is a typing error, unless we have sent its request ourselves.
    static let unknownLimit = Duration.seconds(10)
    /// After this long a request of ours that nobody takes is worth a remark.
    static let remarkAfter = Duration.seconds(5)

    /// - `isOurs`: the request was sent by this very command, so the run will be known as soon as a lane takes it.
    func wait(
        for runID: String, limit: Duration?, isOurs: Bool
    ) throws(CommandFailure) -> (code: ExitCode, run: RunRecord?) {
        let reader = connections.reader()
        let clock = Stopwatch()
        let wait = RunWait(
            limit: limit, unknownLimit: isOurs ? nil : RunEnd.unknownLimit, elapsed: clock.elapsed,
            pause: Stopwatch.pause)
        var hasRemarked = false
        let outcome = try asking { () throws(ServiceFailure) -> WaitOutcome in
            try wait.forRun(runID, reader: reader) { run in
                guard run == nil, !hasRemarked, clock.elapsed() > (isOurs ? RunEnd.remarkAfter : .seconds(1)) else {
                    return
                }
                hasRemarked = true
                call.console.note(RunEnd.remark(runID, isOurs: isOurs))
            }
        }
        // A wait that was shorter than our patience with an unknown id ends the same way.
        if outcome == .timedOut(nil), !isOurs { throw RunEnd.unknown(runID) }
        return try conclude(outcome, runID, reader)
    }

    private static func remark(_ runID: String, isOurs: Bool) -> String {
        isOurs
            ? "no orchestrator has taken the request yet: is flowfleet-orchestrator running?"
            : "no run \(runID) is known yet; \(unknownLimit.components.seconds) s are given to one just asked for"
    }

    private func conclude(
        _ outcome: WaitOutcome, _ runID: String, _ reader: RunReader
    ) throws(CommandFailure) -> (code: ExitCode, run: RunRecord?) {
        switch outcome {
        case .ended(let run):
            try tell(run, reader)
            return (RunEnd.code(of: run), run)
        case .timedOut(let run), .interrupted(let run):
            call.console.note("run \(runID) has not ended: \(run?.status ?? "not taken yet"); it goes on")
            call.console.note("  → flowfleet run watch \(runID)")
            return (.waitTimedOut, run)
        case .unknown: throw RunEnd.unknown(runID)
        }
    }

    static func unknown(_ runID: String) -> CommandFailure {
        CommandFailure(
            .notFound, "no run \(runID) is known",
            advice: "a request becomes a run when an orchestrator takes it; flowfleet run list shows the runs")
    }

    static func code(of run: RunRecord) -> ExitCode {
        switch run.status {
        case "completed": .ok
        case "cancelled": .runCancelled
        default: .runFailed
        }
    }

    static func line(_ run: RunRecord) -> String {
        let state = run.isDegraded ? run.status + " (degraded)" : run.status
        return "run \(run.runID) \(state)" + (run.error.map { ": " + TextTable.harmless($0) } ?? "")
    }

    /// One line for the run; for one that went wrong also each failed task.
    private func tell(_ run: RunRecord, _ reader: RunReader) throws(CommandFailure) {
        call.console.note(RunEnd.line(run))
        guard run.status == "failed" || run.isDegraded else { return }
        let tasks = try asking { () throws(ServiceFailure) in try reader.tasks(of: run) }
        for task in tasks.filter({ $0.error != nil }).prefix(20) {
            let error = TextTable.harmless(task.error ?? "")
            let attempts = task.attempts == 1 ? "1 attempt" : "\(task.attempts) attempts"
            call.console.note("  task \(task.taskID) \(task.status) after \(attempts): \(error)")
        }
    }
}
