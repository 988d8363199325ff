import API
import Platform
import Workflow

extension Command {
    static let flowApply = Command(
        "flow apply", "register a flow definition as the next version of its flow",
        discussion: """
            Content equal to the newest version (the same bytes, or the same JSON value) gives that version back, so
            applying the same file again changes nothing.
            """,
        operands: [Operand("FILE", "the definition, a JSON file; - reads standard input")],
        flags: [Flag("flow", "ID", "the flow's id, when the definition does not name it")],
        examples: ["flowfleet flow apply report.json"]
    ) { call throws(CommandFailure) in
        let definition = try Payload.file(call.operand(0))
        let registry = try Connections(call).registry()
        let applied = try asking { () throws(ServiceFailure) in
            try registry.apply(definition[...], flowID: call.values.text("flow"))
        }
        var record = OutputRecord(applied.entry)
        record.add("is_new", .bool(applied.isNew))
        call.printer.one(record)
        return .ok
    }
}
