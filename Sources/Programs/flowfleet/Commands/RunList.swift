import API
import Platform
import Workflow

extension Command {
    static let runList = Command(
        "run list", "list runs from the newest to the oldest",
        flags: [
            Flag("flow", "ID", "runs of this flow only"),
            Flag("session", "ID", "runs of this session only"),
            Flag("tenant", "ID", "runs of this tenant only"),
            Flag(
                "status", "STATUS",
                "runs in this status only: requested, running, paused, completed, failed, cancelled",
                choices: ["requested", "running", "paused", "completed", "failed", "cancelled"]),
            Flag("limit", "N", "at most this many (default 50)"),
        ],
        examples: ["flowfleet run list --status failed --limit 10"]
    ) { call throws(CommandFailure) in
        let values = call.values
        let filter = RunFilter(
            flowID: values.text("flow"), sessionID: values.text("session"), tenantID: values.text("tenant"),
            status: values.text("status"), limit: try values.number("limit", atLeast: 1) ?? 50)
        let reader = try Connections(call).reader()
        let runs = try asking { () throws(ServiceFailure) in try reader.runs(filter) }
        call.printer.list(runs.map { OutputRecord($0, inList: true) }, empty: "no runs")
        return .ok
    }
}
