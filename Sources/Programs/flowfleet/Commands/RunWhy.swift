import API
import Platform
import Workflow

extension Command {
    static let runWhy = Command(
        "run why", "say in one sentence what a run or a task is waiting for",
        discussion: """
            From the rows, the definition, and what executors show in Redis; without Redis the sentence says less,
            and is still true.
            """,
        operands: [Operand("RUN", "the run's id"), Operand("TASK", "one of its tasks", optional: true)],
        examples: ["flowfleet run why $RUN", "flowfleet run why $RUN summarise"]
    ) { call throws(CommandFailure) in
        let why = try Connections(call).why()
        let sentence = try asking { () throws(ServiceFailure) in
            try why.sentence(of: call.operand(0), task: call.values.operand(1))
        }
        guard call.printer.format != .table else {
            call.console.put(TextTable.harmless(sentence))
            return .ok
        }
        var record = OutputRecord()
        record.add("run_id", .text(call.operand(0)))
        record.add("task_id", .init(call.values.operand(1)))
        record.add("why", .text(sentence))
        call.printer.one(record)
        return .ok
    }
}
