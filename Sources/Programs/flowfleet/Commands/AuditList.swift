import API
import Platform
import Workflow

extension Command {
    static let auditList = Command(
        "audit list", "list who asked for what, why, and what came of it, from the newest to the oldest",
        discussion: "--before gives the page behind the last id shown.",
        flags: [
            Flag("run", "ID", "what was asked of this run"),
            Flag("request-id", "ID", "what was asked under this id"),
            Flag("actor", "NAME", "what this person asked for"),
            Flag("action", "ACTION", "such as flow_run_cancel_requested, campaign_create, breaker_close"),
            Flag("before", "ID", "lines with a smaller id only"),
            Flag("limit", "N", "at most this many (default 50)"),
        ],
        examples: ["flowfleet audit list --run $RUN", "flowfleet audit list --actor ada --limit 10 -o jsonl"]
    ) { call throws(CommandFailure) in
        let values = call.values
        var filter = AuditFilter(limit: try values.number("limit", atLeast: 1) ?? 50)
        (filter.runID, filter.requestID) = (values.text("run"), values.text("request-id"))
        (filter.actor, filter.action) = (values.text("actor"), values.text("action"))
        filter.before = try values.number("before")
        let log = try Connections(call).auditLog()
        let found = try asking { () throws(ServiceFailure) in try log.list(filter) }
        call.printer.list(found.map { OutputRecord($0) }, empty: "nothing was asked for")
        return .ok
    }
}

extension OutputRecord {
    fileprivate init(_ entry: AuditRecord) {
        self.init()
        add("id", .number(entry.id))
        add("at", .text(entry.at))
        add("action", .text(entry.action))
        add("run_id", Value(entry.runID))
        add("actor", Value(entry.actor))
        add("outcome", .text(entry.outcome))
        add("reason", Value(entry.reason))
        add("detail", Value(entry.detail))
        add("request_id", .text(entry.requestID), inTable: false)
    }
}
