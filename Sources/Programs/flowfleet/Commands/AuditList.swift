import Platform

extension Command {
    static let auditList = Command(
        "audit list", "list who asked for what, why, and what came of it, from the newest to the oldest",
        flags: [
            Flag("run", "ID", "what was asked of this run"),
            Flag("request-id", "ID", "what was asked under this id"),
            Flag("actor", "NAME", "what this person asked for"),
            Flag("action", "ACTION", "such as flow_run_cancel_requested, campaign_create, breaker_close"),
            .limit, .cursor,
        ], columns: [.audit],
        examples: ["flowfleet audit list --run $RUN", "flowfleet audit list --actor ada --limit 10 -o jsonl"]
    ) { call throws(CommandFailure) in
        let (printer, values) = (try call.printer(.audit), call.values)
        let path = APIPath("audit").with("run", values.text("run")).with("request_id", values.text("request-id"))
            .with("actor", values.text("actor")).with("action", values.text("action"))
        return try call.list(APIClient(call), path, printer, empty: "nothing was asked for")
    }
}
