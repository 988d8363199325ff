import API
import Workflow

extension Command {
    static let runExecute = Command(
        "run execute", "ask for a run, wait for its end and print its output",
        discussion: """
            Standard output gets the run's output as JSON, nothing else. The exit code tells the outcome: 0 completed,
            10 failed, 11 cancelled, 12 not ended within --timeout (the run goes on).
            """,
        operands: RequestFlags.operands, flags: RequestFlags.all,
        examples: ["flowfleet run execute report --input '{\"url\":\"https://example.org\"}' --timeout 5m"]
    ) { call throws(CommandFailure) in
        let request = try RequestFlags.request(call.values)
        let limit = try call.values.duration("timeout")
        let connections = try Connections(call)
        try RequestFlags.send(request, call, connections)
        call.console.note("run \(request.runID) requested")
        let end = try RunEnd(call, connections).wait(for: request.runID, limit: limit, isOurs: true)
        if let run = end.run, run.status == "completed" {
            call.console.put(bytes: run.output ?? Array("null".utf8)[...])
        }
        return end.code
    }
}
