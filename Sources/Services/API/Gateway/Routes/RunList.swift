import HTTP
import JSON
import Platform
import Workflow

/// `GET /v1/runs`: filters, the window, pages.
enum RunList {
    static let parameters: [APIParameter] = [
        .limit, .cursor,
        APIParameter(
            "status", .choice(["running", "paused", "completed", "failed", "cancelled"]), "runs with this status"),
        APIParameter("flow", .id, "runs of this flow"),
        APIParameter("tenant", .id, "runs of this tenant"),
        APIParameter("user", .id, "runs of this user"),
        APIParameter("session", .id, "runs of this session, however old"),
        APIParameter("correlation", .id, "runs with this correlation id, however old"),
        APIParameter("parent", .id, "stage retries of this run, however old"),
        APIParameter("label", .text, "runs with this label: KEY=VALUE; may be given several times", repeats: true),
        APIParameter("since", .time, "made at this time or later (default 24 hours ago)"),
        APIParameter("until", .time, "made before this time"),
    ]

    static func answer(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        guard let filter = try filter(call, now: SystemTime().wall) else {
            return .emptyPage
        }
        let runs = try asking { () throws(ServiceFailure) in try desk.reader.runs(filter) }
        return .page(runs, limit: call.limit, next: runs.next(call.limit) { PageCursor.text($0.createdTime, $0.runID) })
        {
            $0.write($1, for: call.caller)
        }
    }

    /// Nil when nothing can be found: another tenant's runs.
    static func filter(_ call: Call, now: Microseconds) throws(Problem) -> RunFilter? {
        var filter = RunFilter(
            flowID: call.text("flow"), sessionID: call.text("session"), tenantID: call.text("tenant"),
            status: call.text("status"), limit: call.limit + 1)
        if let own = call.caller.tenantID {
            guard filter.tenantID == nil || filter.tenantID == own else { return nil }
            filter.tenantID = own
        }
        filter.userID = call.text("user")
        filter.correlationID = call.text("correlation")
        filter.parentRunID = call.text("parent")
        filter.labels = try labels(call)
        filter.until = call.time("until")
        let isBound = filter.sessionID != nil || filter.correlationID != nil || filter.parentRunID != nil
        filter.since =
            call.time("since") ?? (isBound ? nil : (filter.until.map { min($0, now) } ?? now) - 86_400_000_000)
        filter.after = try call.text("cursor").map { (text) throws(Problem) in
            let place = try PageCursor.pair(text)
            return RunFilter.Place(createdAt: place.number, runID: place.id)
        }
        return filter
    }

    private static func labels(_ call: Call) throws(Problem) -> Bytes? {
        let texts = call.request.parameters.filter { $0.name == "label" }.map(\.value)
        guard !texts.isEmpty else { return nil }
        var writer = JSONWriter()
        writer.beginObject()
        for text in texts {
            guard let equal = text.firstIndex(of: "="), equal != text.startIndex else {
                throw .parameter("label", "must be KEY=VALUE")
            }
            writer.key(bytes: Array(text[..<equal].utf8))
            writer.string(String(text[text.index(after: equal)...]))
        }
        writer.endObject()
        return writer.bytes[...]
    }
}
