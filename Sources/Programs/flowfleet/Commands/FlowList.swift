import Platform

extension Command {
    static let flowList = Command(
        "flow list", "list the registered flows, or the versions of one",
        operands: [Operand("FLOW", "list the versions of this flow, newest first", optional: true)],
        flags: [.limit, .cursor], columns: [.flows],
        examples: ["flowfleet flow list", "flowfleet flow list report -o jsonl"]
    ) { call throws(CommandFailure) in
        let printer = try call.printer(.flows)
        let path = call.values.operand(0).map { APIPath("flows", $0, "versions") } ?? APIPath("flows")
        return try call.list(
            APIClient(call), path, printer, empty: "no flows: register one with flowfleet flow apply FILE")
    }
}
