extension Command {
    static let runWait = Command(
        "run wait", "wait for the end of a run; the exit code tells the outcome",
        discussion: """
            0 completed, 10 failed, 11 cancelled, 12 not ended within --timeout. An id nobody knows is waited for 10 s,
            in case it was asked for just now; then the exit code is 3.
            """,
        operands: [Operand("RUN", "the run's id")], flags: [.timeout],
        examples: ["flowfleet run wait $RUN --timeout 10m && echo done"]
    ) { call throws(CommandFailure) in
        let limit = try call.values.duration("timeout")
        return try RunEnd(call, APIClient(call)).wait(for: call.operand(0), limit: limit, isOurs: false).code
    }
}
