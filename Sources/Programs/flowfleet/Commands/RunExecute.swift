import JSON
import Platform

extension Command {
    static let runExecute = Command(
        "run execute", "ask for a run, wait for its end and print its output",
        discussion: """
            Standard output gets the run's output as JSON, nothing else. The exit code tells the outcome: 0 completed,
            10 failed, 11 cancelled, 12 not ended within --timeout (the run goes on).
            """,
        operands: RequestFlags.operands, flags: RequestFlags.all + [.timeout],
        examples: ["flowfleet run execute report --input '{\"url\":\"https://example.org\"}' --timeout 5m"]
    ) { call throws(CommandFailure) in
        let limit = try call.values.duration("timeout")
        let api = try APIClient(call)
        let runID = try RequestFlags.send(call, api).text("run_id") ?? ""
        call.console.note("run \(runID) requested")
        let end = try RunEnd(call, api).wait(for: runID, limit: limit, isOurs: true)
        guard let result = end.result, end.code == .ok else { return end.code }
        if result["output"]?.text == mask {
            call.console.note("the run completed; the key may not see its output: that needs the scope payloads:read")
        } else {
            try putOutput(of: result, call)
        }
        return end.code
    }

    /// The output as the run made it; `null` for none.
    static func putOutput(of result: APIObject, _ call: Invocation) throws(CommandFailure) {
        let output = result["output"]
        guard output?.text != Self.mask else {
            throw CommandFailure(
                .unauthorized, "the key may not see outputs", advice: "it needs the scope payloads:read")
        }
        call.console.put(bytes: output?.bytes ?? Array("null".utf8)[...])
    }

    /// What the gateway says in the place of a payload that the key may not see.
    static let mask = "(masked: needs payloads:read)"
}
