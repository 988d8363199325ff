import JSON
import Platform

extension Command {
    static let flowApply = Command(
        "flow apply", "register a flow definition as the next version of its flow",
        discussion: """
            Content equal to the newest version (the same bytes, or the same JSON value) gives that version back, so
            applying the same file again changes nothing.
            """,
        operands: [Operand("FILE", "the definition, a JSON file; - reads standard input")],
        flags: [
            Flag("flow", "ID", "the flow's id, when the definition does not name it"),
            Flag("reason", "TEXT", "why; kept in the audit log"),
        ], columns: [.flows], examples: ["flowfleet flow apply report.json"]
    ) { call throws(CommandFailure) in
        let printer = try call.printer(.flows)
        let definition = try Payload.file(call.operand(0))
        let api = try APIClient(call)
        let named = try flowID(in: definition)
        guard let id = call.values.text("flow") ?? named else {
            throw CommandFailure(
                .invalid, "the definition has no flow_id", advice: "add one, or name it: --flow ID")
        }
        let answer = try api.send(
            "PUT", APIPath("flows", id).with("reason", call.values.text("reason")), definition)
        printer.one(OutputRecord(answer.object))
        return .ok
    }

    /// The id that a definition names; the gateway tells what else is wrong with it.
    static func flowID(in definition: [UInt8]) throws(CommandFailure) -> String? {
        do throws(JSONError) {
            return APIObject(try JSONValue(validating: definition[...])).text("flow_id")
        } catch {
            throw CommandFailure(.invalid, "the definition is no JSON: \(error.description(in: definition[...]))")
        }
    }
}
