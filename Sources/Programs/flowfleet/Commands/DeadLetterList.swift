import API
import JSON
import Platform
import Workflow

extension LetterEntry {
    /// The bytes of the record it is about, where it carries them.
    fileprivate var originalValue: [UInt8]? {
        let value = original.flatMap { try? JSONValue(validating: $0) }
        return value?.member("value_base64")?.string().flatMap { Base64.decode($0[...]) }
    }
}

extension Command {
    static let deadLetterList = Command(
        "dead-letter list", "list dead letters from the newest to the oldest",
        discussion: "Open ones, unless --state says otherwise. --before gives the page behind the last id shown.",
        flags: SelectionFlags.all + [
            Flag(
                "state", "STATE", "open (default), redriven, discarded or all",
                choices: ["open", "redriven", "discarded", "all"]),
            Flag("before", "ID", "letters with a smaller id only"),
            Flag("limit", "N", "at most this many (default 50)"),
        ],
        examples: ["flowfleet dead-letter list --handler http --since 2h", "flowfleet dead-letter list -o jsonl"]
    ) { call throws(CommandFailure) in
        let values = call.values
        let selection = try SelectionFlags.selection(values)
        let state = values.text("state") ?? "open"
        let (before, limit) = (try values.number("before"), try values.number("limit", atLeast: 1) ?? 50)
        let letters = try Connections(call).letters()
        let found = try asking { () throws(ServiceFailure) in
            try letters.list(selection, state: state == "all" ? nil : state, before: before, limit: limit)
        }
        call.printer.list(found.map { OutputRecord($0, inList: true) }, empty: "no dead letters")
        return .ok
    }

    static let deadLetterGet = Command(
        "dead-letter get", "show one dead letter with its task and the record it arose from",
        operands: [Operand("LETTER", "its id or message id")],
        flags: [Flag("value", nil, "print the bytes of the record, and nothing else")],
        examples: ["flowfleet dead-letter get 12 -o json", "flowfleet dead-letter get 12 --value > record.bin"]
    ) { call throws(CommandFailure) in
        let letters = try Connections(call).letters()
        let letter = try asking { () throws(ServiceFailure) in try letters.letter(call.operand(0)) }
        guard call.values.isSet("value") else {
            call.printer.one(OutputRecord(letter, inList: false))
            return .ok
        }
        guard let value = letter.value ?? letter.originalValue?[...] else {
            throw CommandFailure(
                .conflict, "\(letter.messageID) was readable; its bytes are not kept",
                advice: "flowfleet dead-letter get \(letter.id) -o json")
        }
        call.console.data(Array(value))
        return .ok
    }
}
