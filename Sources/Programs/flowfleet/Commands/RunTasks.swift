import Platform
import Workflow

extension Command {
    static let runTasks = Command(
        "run tasks", "list the tasks of a run in the order of its stages",
        discussion: "Tasks nothing happened to yet are shown as pending, with the dependencies they wait for.",
        operands: [Operand("RUN", "the run's id")],
        flags: [
            Flag("payloads", nil, "include inputs and outputs (json and jsonl)"),
            Flag(
                "status", "STATUS", "tasks in this status only", choices: TaskStatus.allCases.map(\.rawValue)),
            Flag("limit", "N", "at most this many (default all)"), .cursor,
        ], columns: [.tasks],
        examples: ["flowfleet run tasks $RUN", "flowfleet run tasks $RUN --status failed -o jsonl"]
    ) { call throws(CommandFailure) in
        let (printer, api, values) = (try call.printer(.tasks), try APIClient(call), call.values)
        let path = APIPath("runs", call.operand(0), "tasks").with("payloads", flag: values.isSet("payloads"))
            .with("status", values.text("status"))
        var listing = Listing(
            api, path, limit: try values.number("limit", atLeast: 1), cursor: values.text("cursor"))
        printer.list(try listing.all().map { OutputRecord(task: $0) }, empty: "no tasks")
        return .ok
    }
}

extension OutputRecord {
    init(task: APIObject) {
        self.init(task)
        show("note", Value(TaskRecord(task).note))
    }
}
