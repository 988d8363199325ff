import HTTP
import Interface
import Platform
import Workflow

/// Every route of the gateway, in the order of the reference page. Where two fit an address the first one answers.
public enum RouteTable {
    public static let all: [APIRoute] =
        runs + runControls + stages + sessions + sessionRetries + flows + deadLetters + campaigns
        + deliveries + results + operations + discord + others

    private static let others = [
        APIRoute(
            "GET", "/v1/stream", .runsRead, "Announcements of runs as server-sent events.",
            parameters: [
                APIParameter("run", .id, "only this run; may be given several times", repeats: true),
                APIParameter("session", .id, "only runs of this session"),
                APIParameter("flow", .id, "only runs of this flow"),
                APIParameter("tenant", .id, "only runs of this tenant"),
                APIParameter("last_event_id", .text, "the same as the header Last-Event-ID"),
            ],
            .now { (call, gate) throws(Problem) in try stream(call, gate) }),
        APIRoute(
            "GET", "/openapi.json", nil, "This interface as OpenAPI 3.1.",
            .now { (_, _) throws(Problem) in .now(.json(200, Interface.openapi)) }),
    ]

    private static func stream(_ call: Call, _ gate: Gate) throws(Problem) -> HTTPServer.Answer {
        var filter = EventFilter()
        filter.runIDs = Set(call.request.parameters.filter { $0.name == "run" }.map(\.value))
        filter.sessionID = call.text("session")
        filter.flowID = call.text("flow")
        filter.tenantID = call.text("tenant")
        if let own = call.caller.tenantID {
            guard filter.tenantID == nil || filter.tenantID == own else { throw .otherTenant }
            filter.tenantID = own
        }
        let last = call.request.headers["Last-Event-ID"] ?? call.text("last_event_id")
        guard let feed = gate.hub.open(filter, after: last) else {
            throw Problem(503, "too_many_streams", "this gateway has as many streams as it may have", retryAfter: 5)
        }
        return .events(feed)
    }
}

extension Problem {
    static let otherTenant = Problem(403, "other_tenant", "the key is bound to another tenant")
}

/// Does something with a service and tells its failure as a problem.
func asking<Result>(_ body: () throws(ServiceFailure) -> Result) throws(Problem) -> Result {
    do throws(ServiceFailure) { return try body() } catch { throw Problem(error) }
}
