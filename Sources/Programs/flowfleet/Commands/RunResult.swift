import Platform

extension Command {
    static let runResult = Command(
        "run result", "print the output of a run that has ended",
        discussion: "The exit code tells the outcome, as that of `run wait`; only a completed run has an output.",
        operands: [Operand("RUN", "the run's id")],
        examples: ["flowfleet run result $RUN | jq .text"]
    ) { call throws(CommandFailure) in
        let answer = try APIClient(call).get(APIPath("runs", call.operand(0), "result"))
        let (result, status) = (answer.object, answer.object.text("status") ?? "requested")
        guard !answer.isPending else {
            throw CommandFailure(
                .conflict, "run \(call.operand(0)) has not ended: \(status)",
                advice: "flowfleet run wait \(call.operand(0))")
        }
        if result["output"] != nil || status == "completed" { try putOutput(of: result, call) }
        if status != "completed" { call.console.note(RunEnd.line(result)) }
        return RunEnd.code(of: result)
    }
}
