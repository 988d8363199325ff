import API
import Platform
import Workflow

extension Command {
    static let runWatch = Command(
        "run watch", "show a run as it goes, until it ends",
        discussion: """
            On a terminal a table that is kept up to date; otherwise one line for each change (an object with -o jsonl).
            The exit code tells the outcome, as that of `run wait`.
            """,
        operands: [Operand("RUN", "the run's id")],
        examples: ["flowfleet run watch $RUN"]
    ) { call throws(CommandFailure) in
        let limit = try call.values.duration("timeout")
        let reader = try Connections(call).reader()
        let view = RunView(call)
        var wait = RunWait(
            limit: limit, unknownLimit: RunEnd.unknownLimit, elapsed: Stopwatch().elapsed, pause: Stopwatch.pause)
        wait.firstPause = .milliseconds(100)
        var flow: Flow??
        let outcome = try asking { () throws(ServiceFailure) -> WaitOutcome in
            try wait.forRun(call.operand(0), reader: reader) { run throws(ServiceFailure) in
                guard let run else { return view.show(unknown: call.operand(0)) }
                if flow == nil { flow = .some(try reader.flow(of: run)) }
                view.show(run, try reader.tasks(of: run, flow: flow ?? nil))
            }
        }
        switch outcome {
        case .ended(let run): return RunEnd.code(of: run)
        case .timedOut(.some), .interrupted: return .waitTimedOut
        case .unknown, .timedOut(nil): throw RunEnd.unknown(call.operand(0))
        }
    }
}
