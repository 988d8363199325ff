import JSON
import Platform
import Workflow

extension Command {
    static let deadLetterList = Command(
        "dead-letter list", "list dead letters from the newest to the oldest",
        discussion: "Open ones, unless --state says otherwise.",
        flags: SelectionFlags.all + [
            Flag(
                "state", "STATE", "open (default), redriven, discarded or all",
                choices: ["open", "redriven", "discarded", "all"]),
            .limit, .cursor,
        ], columns: [.letters],
        examples: ["flowfleet dead-letter list --handler http --since 2h", "flowfleet dead-letter list -o jsonl"]
    ) { call throws(CommandFailure) in
        let printer = try call.printer(.letters)
        let path = try SelectionFlags.path(APIPath("dead-letters"), call.values)
            .with("state", call.values.text("state"))
        return try call.list(APIClient(call), path, printer, empty: "no dead letters")
    }

    static let deadLetterGet = Command(
        "dead-letter get", "show one dead letter with its task and the record it arose from",
        operands: [Operand("LETTER", "its id or message id")],
        flags: [Flag("value", nil, "print the bytes of the record, and nothing else")], columns: [.letters],
        examples: ["flowfleet dead-letter get 12 -o json", "flowfleet dead-letter get 12 --value > record.bin"]
    ) { call throws(CommandFailure) in
        let printer = try call.printer(.letters)
        let letter = try APIClient(call).get(APIPath("dead-letters", call.operand(0))).object
        guard call.values.isSet("value") else {
            printer.one(OutputRecord(letter))
            return .ok
        }
        guard letter.text("original") != mask else {
            throw CommandFailure(
                .unauthorized, "the key may not see payloads", advice: "it needs the scope payloads:read")
        }
        let text = letter.text("value_base64") ?? letter.object("original")?.text("value_base64")
        guard let value = text.flatMap({ Base64.decode(Array($0.utf8)[...]) }) else {
            throw CommandFailure(
                .conflict, "\(letter.text("message_id") ?? "") was readable; its bytes are not kept",
                advice: "flowfleet dead-letter get \(call.operand(0)) -o json")
        }
        call.console.data(value)
        return .ok
    }
}
