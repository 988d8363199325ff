import JSON
import Platform

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
            .limit, .cursor,
        ], columns: [.fingerprints],
        examples: [
            "flowfleet dead-letter fingerprints --open",
            "flowfleet dead-letter fingerprints 35a1d9841e3b4518 --owner ada --note \"the proxy was down\"",
        ]
    ) { call throws(CommandFailure) in
        let (printer, api, values) = (try call.printer(.fingerprints), try APIClient(call), call.values)
        guard let id = values.operand(0) else { return try list(api, printer, call) }
        if values.isSet("mute") && values.isSet("unmute") { throw .usage("choose one of --mute and --unmute") }
        let path = APIPath("dead-letters", "fingerprints", id)
        var body = RequestBody()
        let unchanged = body.bytes
        body.put("note", values.text("note"))
        body.put("owner", values.text("owner"))
        body.put("muted", values.isSet("mute") ? true : values.isSet("unmute") ? false : nil)
        let isChange = body.bytes != unchanged
        body.put("actor", call.loginName)
        let shown = isChange ? try api.send("PATCH", path, body.bytes) : try api.get(path)
        printer.one(OutputRecord(fingerprint: shown.object))
        return .ok
    }

    private static func list(
        _ api: APIClient, _ printer: Printer, _ call: Invocation
    ) throws(CommandFailure) -> ExitCode {
        let values = call.values
        for flag in ["note", "mute", "unmute"] where values.isSet(flag) {
            throw .usage("--\(flag) needs the ID of a fingerprint")
        }
        let path = APIPath("dead-letters", "fingerprints").with("open", flag: values.isSet("open"))
            .with("muted", flag: values.isSet("muted")).with("handler", values.text("handler"))
            .with("owner", values.text("owner"))
        return try call.list(api, path, printer, empty: "no fingerprints") { OutputRecord(fingerprint: $0) }
    }
}

extension OutputRecord {
    init(fingerprint object: APIObject) {
        self.init(object)
        let trend = object["trend"]?.elements.compactMap(\.int) ?? []
        show("last_24_hours", trend.isEmpty ? .absent : .text(Self.bars(trend)))
        if !object.bool("muted") { show("muted", .absent) }
    }

    /// A bar for each hour, by the largest of them.
    static func bars(_ trend: [Int]) -> String {
        let bars = Array("▁▂▃▄▅▆▇█")
        let most = max(trend.max() ?? 0, 1)
        return String(trend.map { $0 == 0 ? "·" : bars[min(7, $0 * 8 / (most + 1))] })
    }
}
