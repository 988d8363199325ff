import HTTP
import JSON
import Workflow

extension RouteTable {
    static let stages = [
        APIRoute(
            "POST", "/v1/runs/{run_id}/retry/plan", .runsRead,
            "What a retry from a stage would reuse, run again and miss; changes nothing.", body: .required,
            .desk { (call, desk) throws(Problem) in try StageRetryCall(call, desk).plan() }),
        retry("/v1/runs/{run_id}/retry"),
        retry("/api/observability/runs/{run_id}/retry"),
        APIRoute(
            "GET", "/v1/runs/{run_id}/lineage", .runsRead, "The tree of retries a run belongs to, the root first.",
            parameters: [APIParameter("differences", .flag, "with what the run did otherwise than its parent")],
            .desk { (call, desk) throws(Problem) in try lineage(call, desk) }),
        APIRoute(
            "GET", "/v1/runs/{run_id}/why", .runsRead, "One sentence on what a run, or a task of it, is waiting for.",
            parameters: [APIParameter("task", .id, "about this task")],
            .desk { (call, desk) throws(Problem) in
                let runID = try call.part("run_id")
                _ = try desk.run(call)
                let sentence = try asking { () throws(ServiceFailure) in
                    try desk.why.sentence(of: runID, task: call.text("task"))
                }
                return .object { writer in
                    writer.member("run_id", string: runID)
                    writer.put("task_id", call.text("task"))
                    writer.member("why", string: sentence)
                }
            }),
    ]

    private static func retry(_ path: String) -> APIRoute {
        APIRoute(
            "POST", path, .runsWrite, "Makes a run that starts from a stage of this one and reuses what is still good.",
            body: .required,
            .gate { (call, gate, reply) throws(Problem) in
                gate.onDesk(reply) { desk in
                    reply.attempt { () throws(Problem) in try StageRetryCall(call, desk).begin(gate, reply) }
                }
            })
    }

    private static func lineage(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        let runID = try call.part("run_id")
        guard try desk.run(call) != nil else { throw .noRun(runID) }
        let entries = try asking { () throws(ServiceFailure) in try desk.stages.lineage(of: runID) }
        let parent = entries.first { $0.runID == runID }?.parentRunID
        var differences: [StageDifference] = []
        if call.flag("differences"), let parent {
            differences = try asking { () throws(ServiceFailure) in
                try desk.stages.differences(of: runID, to: parent)
            }
        }
        return .object { writer in
            writer.member("run_id", string: runID)
            writer.put("root_run_id", entries.first?.rootRunID)
            writer.key("runs")
            writer.beginArray()
            for entry in entries { writer.write(entry) }
            writer.endArray()
            guard call.flag("differences") else { return }
            writer.key("differences")
            writer.beginArray()
            for difference in differences { writer.write(difference) }
            writer.endArray()
        }
    }
}
