import Platform

extension Command {
    static let runList = Command(
        "run list", "list runs from the newest to the oldest",
        discussion: """
            Those of the last 24 hours, unless --since says otherwise or a session, a correlation id or a parent is
            named.
            """,
        flags: [
            Flag("flow", "ID", "runs of this flow only"),
            Flag("session", "ID", "runs of this session only, however old"),
            Flag("tenant", "ID", "runs of this tenant only"),
            Flag("user", "ID", "runs of this user only"),
            Flag("correlation", "ID", "runs with this correlation id only, however old"),
            Flag("parent", "ID", "retries of this run only, however old"),
            Flag("label", "KEY=VALUE", "runs with this label only; may be given several times", repeats: true),
            Flag(
                "status", "STATUS", "runs in this status only: running, paused, completed, failed, cancelled",
                choices: ["running", "paused", "completed", "failed", "cancelled"]),
            Flag("since", "TIME", "asked for from then on: 2026-11-21T10:00:00Z, or 2h for two hours ago"),
            Flag("until", "TIME", "asked for before then"),
            .limit, .cursor,
        ], columns: [.listedRuns],
        examples: [
            "flowfleet run list --status failed --limit 10",
            "flowfleet run list --since 168h --columns run_id,status,created_at",
        ]
    ) { call throws(CommandFailure) in
        let (printer, values) = (try call.printer(.listedRuns), call.values)
        var path = APIPath("runs")
        for name in ["flow", "session", "tenant", "user", "correlation", "parent", "status"] {
            path = path.with(name, values.text(name))
        }
        _ = try values.pairs("label")
        path = path.with("label", all: values.all("label"))
            .with("since", try SelectionFlags.time("since", values))
            .with("until", try SelectionFlags.time("until", values))
        return try call.list(APIClient(call), path, printer, empty: "no runs")
    }
}
