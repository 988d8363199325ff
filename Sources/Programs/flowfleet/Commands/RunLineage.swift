import JSON
import Platform

extension Command {
    static let runLineage = Command(
        "run lineage", "show the tree of retries that a run belongs to",
        discussion: """
            The root first, each retry with the stage it began from, what it reused, and what differs from its parent.
            With --diff the tasks of one retry beside those of its parent.
            """,
        operands: [Operand("RUN", "any run of the tree")],
        flags: [Flag("diff", nil, "task by task: what this run did otherwise than its parent")],
        columns: [.lineage, .differences],
        examples: ["flowfleet run lineage $RUN", "flowfleet run lineage $RUN --diff"]
    ) { call throws(CommandFailure) in
        let wantsDifferences = call.values.isSet("diff")
        let printer = try call.printer(wantsDifferences ? .differences : .lineage)
        let path = APIPath("runs", call.operand(0), "lineage").with("differences", flag: wantsDifferences)
        let tree = try APIClient(call).get(path).object
        guard wantsDifferences else {
            printer.list(tree.objects("runs").map { OutputRecord(lineage: $0) }, empty: "no runs")
            return .ok
        }
        let own = tree.objects("runs").first { $0.text("run_id") == call.operand(0) }
        guard own?.text("parent_run_id") != nil else {
            throw CommandFailure(.conflict, "run \(call.operand(0)) is no retry: there is no parent to compare it with")
        }
        printer.list(tree.objects("differences").map { OutputRecord($0) }, empty: "no tasks")
        return .ok
    }
}

extension OutputRecord {
    init(lineage entry: APIObject) {
        self.init(entry)
        let status = entry.text("status") ?? ""
        if entry.bool("degraded") { show("status", .text(status + " (degraded)")) }
        show("differs", Value(Self.differences(entry)))
    }

    /// In a few words; nil for a root, or a retry like its parent.
    private static func differences(_ entry: APIObject) -> String? {
        guard entry["parent_kept"]?.bool != false else { return "its parent was deleted" }
        let found = ["input", "output", "definition"].filter { entry.bool("other_" + $0) }
        return found.isEmpty ? nil : found.joined(separator: ", ")
    }
}
