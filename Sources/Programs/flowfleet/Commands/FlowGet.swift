import JSON
import Platform

extension Command {
    static let flowGet = Command(
        "flow get", "print a registered definition as it was applied",
        operands: [Operand("FLOW", "the flow's id")],
        flags: [
            Flag("version", "N", "this version instead of the newest"),
            Flag("info", nil, "print version, hash and date instead of the definition"),
        ], columns: [.flows],
        examples: ["flowfleet flow get report --version 2 > report.json"]
    ) { call throws(CommandFailure) in
        let printer = try call.printer(.flows)
        let version = try call.values.number("version", atLeast: 1)
        let path = APIPath("flows", call.operand(0)).with("version", version)
        let flow = try APIClient(call).get(path).object
        guard call.values.isSet("info") else {
            call.console.put(bytes: flow["definition"]?.bytes ?? [])
            return .ok
        }
        var record = OutputRecord()
        for name in flow.names where name != "definition" { record.add(name, .init(flow[name])) }
        printer.one(record)
        return .ok
    }
}
