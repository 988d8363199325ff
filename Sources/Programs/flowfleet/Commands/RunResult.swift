import API
import Platform
import Workflow

extension Command {
    static let runResult = Command(
        "run result", "print the output of a run that has ended",
        discussion: "The exit code tells the outcome, as that of `run wait`; only a completed run has an output.",
        operands: [Operand("RUN", "the run's id")],
        examples: ["flowfleet run result $RUN | jq .text"]
    ) { call throws(CommandFailure) in
        let reader = try Connections(call).reader()
        let run = try asking { () throws(ServiceFailure) in try reader.run(call.operand(0)) }
        guard run.hasEnded else {
            throw CommandFailure(
                .conflict, "run \(run.runID) has not ended: \(run.status)", advice: "flowfleet run wait \(run.runID)")
        }
        if let output = run.output {
            call.console.put(bytes: output)
        } else if run.status == "completed" {
            call.console.put("null")
        }
        if run.status != "completed" { call.console.note(RunEnd.line(run)) }
        return RunEnd.code(of: run)
    }
}
