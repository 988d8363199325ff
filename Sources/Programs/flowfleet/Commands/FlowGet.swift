import API
import Platform
import Workflow

extension Command {
    static let flowGet = Command(
        "flow get", "print a registered definition as it was applied",
        operands: [Operand("FLOW", "the flow's id")],
        flags: [
            Flag("version", "N", "this version instead of the newest"),
            Flag("info", nil, "print version, hash and date instead of the definition"),
        ],
        examples: ["flowfleet flow get report --version 2 > report.json"]
    ) { call throws(CommandFailure) in
        let version = try call.values.number("version", atLeast: 1)
        let registry = try Connections(call).registry()
        let flow = try asking { () throws(ServiceFailure) in try registry.flow(call.operand(0), version: version) }
        if call.values.isSet("info") {
            call.printer.one(OutputRecord(flow.entry))
        } else if flow.definition.last == UInt8(ascii: "\n") {
            call.console.data(Array(flow.definition))
        } else {
            call.console.put(bytes: flow.definition)
        }
        return .ok
    }
}
