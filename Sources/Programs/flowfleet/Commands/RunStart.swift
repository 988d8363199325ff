import Platform

extension Command {
    static let runStart = Command(
        "run start", "ask for a run of a flow",
        discussion: """
            Ends when the request is safely in Kafka; an orchestrator takes it from there. A request that may have been
            lost can be sent again with the same --run-id: it stays one run.
            """,
        operands: RequestFlags.operands,
        flags: RequestFlags.all + [
            Flag("wait", nil, "wait for the end; the exit code tells the outcome"), .timeout,
        ],
        columns: [.startedRuns],
        examples: [
            "flowfleet run start report --input '{\"url\":\"https://example.org\"}'",
            "flowfleet run start --definition @report.json --input @input.json --label env=dev --wait",
        ]
    ) { call throws(CommandFailure) in
        let printer = try call.printer(.startedRuns)
        let limit = try call.values.duration("timeout")
        guard limit == nil || call.values.isSet("wait") else { throw .usage("--timeout needs --wait") }
        let api = try APIClient(call)
        let accepted = try RequestFlags.send(call, api)
        printer.one(OutputRecord(accepted))
        guard call.values.isSet("wait") else { return .ok }
        return try RunEnd(call, api).wait(for: accepted.text("run_id") ?? "", limit: limit, isOurs: true).code
    }
}
