import Platform

extension Command {
    static let runGet = Command(
        "run get", "show one run",
        discussion: "Input and output are part of json and jsonl only, or named by --columns.",
        operands: [Operand("RUN", "the run's id")], columns: [.runs],
        examples: ["flowfleet run get $RUN -o json"]
    ) { call throws(CommandFailure) in
        let printer = try call.printer(.runs)
        let (api, id) = (try APIClient(call), call.operand(0))
        let run = try api.get(APIPath("runs", id)).object
        var record = OutputRecord(run)
        if run.text("completed_at") == nil, run.text("waiting") == nil, run.text("status") != "requested" {
            let pending = try api.get(APIPath("runs", id, "tasks").with("limit", 200).with("status", "pending"))
            let parked = try api.get(APIPath("runs", id, "tasks").with("limit", 200).with("status", "retrying"))
            let tasks = pending.object.objects("items") + parked.object.objects("items")
            record.add("waiting", .init(summary(of: tasks.compactMap { $0.text("waiting") })))
        }
        printer.one(record)
        return .ok
    }

    /// Each sentence once; nil when nothing holds any task back.
    private static func summary(of sentences: [String]) -> String? {
        let once = sentences.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        return once.isEmpty ? nil : once.joined(separator: "; ")
    }
}
