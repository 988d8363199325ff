import API
import Platform
import Workflow

extension Command {
    static let flowList = Command(
        "flow list", "list the registered flows, or the versions of one",
        operands: [Operand("FLOW", "list the versions of this flow, newest first", optional: true)],
        flags: [
            Flag("limit", "N", "at most this many flows (default 100)"), Flag("after", "ID", "flows after this id"),
        ],
        examples: ["flowfleet flow list", "flowfleet flow list report -o jsonl"]
    ) { call throws(CommandFailure) in
        let limit = try call.values.number("limit", atLeast: 1) ?? 100
        let registry = try Connections(call).registry()
        let entries = try asking { () throws(ServiceFailure) -> [RegistryEntry] in
            if let flow = call.values.operand(0) { return try registry.versions(of: flow) }
            return try registry.flows(after: call.values.text("after"), limit: limit)
        }
        call.printer.list(
            entries.map { OutputRecord($0) }, empty: "no flows: register one with flowfleet flow apply FILE")
        return .ok
    }
}
