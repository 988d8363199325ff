import API
import Platform
import Workflow

extension Command {
    static let runStart = Command(
        "run start", "ask for a run of a flow",
        discussion: """
            Ends when the request is safely in Kafka; an orchestrator takes it from there. A request that may have been
            lost can be sent again with the same --run-id: it stays one run.
            """,
        operands: RequestFlags.operands,
        flags: RequestFlags.all + [Flag("wait", nil, "wait for the end; the exit code tells the outcome")],
        examples: [
            "flowfleet run start report --input '{\"url\":\"https://example.org\"}'",
            "flowfleet run start --definition @report.json --input @input.json --label env=dev --wait",
        ]
    ) { call throws(CommandFailure) in
        let request = try RequestFlags.request(call.values)
        let limit = try call.values.duration("timeout")
        let connections = try Connections(call)
        try RequestFlags.send(request, call, connections)
        var record = OutputRecord()
        record.add("run_id", .text(request.runID))
        record.add("flow_id", .text(request.flowID))
        call.printer.one(record)
        guard call.values.isSet("wait") else { return .ok }
        return try RunEnd(call, connections).wait(for: request.runID, limit: limit, isOurs: true).code
    }
}
