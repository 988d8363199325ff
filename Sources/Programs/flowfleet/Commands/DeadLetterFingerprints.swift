import API
import Platform
import Workflow

extension Command {
    static let deadLetterFingerprints = Command(
        "dead-letter fingerprints", "list the errors behind the dead letters, or note something about one of them",
        discussion: """
            The same error counts as one thing, however often it happened: letters with the same handler, class, error
            type and message without what differs from case to case. Those seen last come first; `trend` is the letters
            of the last 24 hours, the present hour last. With an ID it shows this one, after changing what the flags
            say.
            """,
        operands: [Operand("ID", "one fingerprint", optional: true)],
        flags: [
            Flag("open", nil, "only errors with open letters"),
            Flag("muted", nil, "muted ones as well"),
            Flag("handler", "NAME", "errors of this handler only"),
            Flag("owner", "NAME", "errors of this owner only; with an ID: who cares for it, empty for nobody"),
            Flag("note", "TEXT", "with an ID: what is known about it, empty for nothing"),
            Flag("mute", nil, "with an ID: leave it out of lists"),
            Flag("unmute", nil, "with an ID: show it again"),
            Flag("limit", "N", "at most this many (default 50)"),
        ],
        examples: [
            "flowfleet dead-letter fingerprints --open",
            "flowfleet dead-letter fingerprints 35a1d9841e3b4518 --owner ada --note \"the proxy was down\"",
        ]
    ) { call throws(CommandFailure) in
        let letters = try Connections(call).letters()
        guard let id = call.values.operand(0) else { return try list(letters, call) }
        let values = call.values
        if values.isSet("mute") && values.isSet("unmute") { throw .usage("choose one of --mute and --unmute") }
        let isMuted = values.isSet("mute") ? true : values.isSet("unmute") ? false : nil
        let annotation = FingerprintAnnotation(
            note: values.text("note"), owner: values.text("owner"), isMuted: isMuted)
        let wish = Wish(requestID: randomID(), actor: call.loginName)
        let shown = try asking { () throws(ServiceFailure) in
            annotation == FingerprintAnnotation()
                ? try letters.fingerprint(id) : try letters.annotate(id, annotation, wish)
        }
        call.printer.one(OutputRecord(shown, inList: false))
        return .ok
    }

    private static func list(_ letters: Letters, _ call: Invocation) throws(CommandFailure) -> ExitCode {
        var filter = FingerprintFilter()
        filter.isOpen = call.values.isSet("open")
        filter.includesMuted = call.values.isSet("muted")
        (filter.handler, filter.owner) = (call.values.text("handler"), call.values.text("owner"))
        filter.limit = try call.values.number("limit", atLeast: 1) ?? 50
        for flag in ["note", "mute", "unmute"] where call.values.isSet(flag) {
            throw .usage("--\(flag) needs the ID of a fingerprint")
        }
        let found = try asking { () throws(ServiceFailure) in try letters.fingerprints(filter) }
        call.printer.list(found.map { OutputRecord($0, inList: true) }, empty: "no fingerprints")
        return .ok
    }
}
