import API
import Platform
import Workflow

extension Command {
    static let runTasks = Command(
        "run tasks", "list the tasks of a run in the order of its stages",
        discussion: "Tasks nothing happened to yet are shown as pending, with the dependencies they wait for.",
        operands: [Operand("RUN", "the run's id")],
        flags: [
            Flag("payloads", nil, "include inputs and outputs (json and jsonl)"),
            Flag("status", "STATUS", "tasks in this status only"),
        ],
        examples: ["flowfleet run tasks $RUN", "flowfleet run tasks $RUN --status failed -o jsonl"]
    ) { call throws(CommandFailure) in
        let connections = try Connections(call)
        let reader = connections.reader()
        let wanted = call.values.text("status")
        if let wanted, TaskStatus(rawValue: wanted) == nil {
            let known = TaskStatus.allCases.map(\.rawValue).joined(separator: ", ")
            throw .usage("no task status is called \(wanted)", advice: "there are: \(known)")
        }
        let run = try asking { () throws(ServiceFailure) in try reader.run(call.operand(0)) }
        let tasks = try asking { () throws(ServiceFailure) in
            let tasks = try reader.tasks(of: run, withPayloads: call.values.isSet("payloads"))
            return run.hasEnded ? tasks : connections.poolWatch()?.note(tasks) ?? tasks
        }
        let shown = tasks.filter { wanted == nil || $0.status == wanted }
        call.printer.list(shown.map { OutputRecord($0) }, empty: "no tasks")
        return .ok
    }
}
