import Platform

extension Command {
    static let runWhy = Command(
        "run why", "say in one sentence what a run or a task is waiting for",
        discussion: """
            From the rows, the definition, and what executors show in Redis; without Redis the sentence says less,
            and is still true.
            """,
        operands: [Operand("RUN", "the run's id"), Operand("TASK", "one of its tasks", optional: true)],
        columns: [.sentences], examples: ["flowfleet run why $RUN", "flowfleet run why $RUN summarise"]
    ) { call throws(CommandFailure) in
        let printer = try call.printer(.sentences)
        let path = APIPath("runs", call.operand(0), "why").with("task", call.values.operand(1))
        let answer = try APIClient(call).get(path).object
        if printer.format == .table, printer.chosen == nil {
            call.console.put(TextTable.harmless(answer.text("why") ?? ""))
        } else {
            printer.one(OutputRecord(answer))
        }
        return .ok
    }
}
