import Platform
import Workflow

/// The flags that choose dead letters: the same for lists and campaigns.
enum SelectionFlags {
    static let all = [
        Flag("fingerprint", "ID", "letters of this error"),
        Flag("flow", "ID", "letters of this flow"),
        Flag("handler", "NAME", "letters of this handler"),
        Flag("tenant", "ID", "letters of this tenant"),
        Flag("session", "ID", "letters of this session"),
        Flag("run", "ID", "letters of this run"),
        Flag(
            "letter-reason", "REASON", "letters with this reason: " + reasons.joined(separator: ", "), choices: reasons),
        Flag("since", "TIME", "failures from then on: 2026-11-21T10:00:00Z, or 2h for two hours ago"),
        Flag("until", "TIME", "failures before then"),
    ]
    private static let reasons = DeadLetterReason.allCases.map(\.rawValue)

    static func selection(_ values: Values) throws(CommandFailure) -> LetterSelection {
        var selection = LetterSelection()
        selection.fingerprint = values.text("fingerprint")
        selection.flowID = values.text("flow")
        selection.handler = values.text("handler")
        selection.tenantID = values.text("tenant")
        selection.sessionID = values.text("session")
        selection.runID = values.text("run")
        selection.reason = values.text("letter-reason")
        selection.since = try time("since", values)
        selection.until = try time("until", values)
        return selection
    }

    private static func time(_ flag: String, _ values: Values) throws(CommandFailure) -> Microseconds? {
        guard let text = values.text(flag) else { return nil }
        if let time = Timestamp.parse(Array(text.utf8)[...]) { return time }
        guard let ago = Values.duration(text) else {
            throw .usage("--\(flag) is a time such as 2026-11-21T10:00:00Z, or how long ago: 30m, 2h; not \(text)")
        }
        return SystemTime().wall - ago.nanoseconds / 1_000
    }
}

/// Who asks, why, and under which id: the same for every command that is kept in the audit log.
enum WishFlags {
    static let all = [
        Flag("reason", "TEXT", "why; kept in the audit log"),
        Flag("actor", "NAME", "who; kept in the audit log (default the login name)"),
        Flag("request-id", "ID", "the id in the audit log; sent twice it is applied once (default a new UUID)"),
    ]

    /// The same for what nobody should do without saying why.
    static let allWithReason = [Flag("reason", "TEXT", "why: must be given; kept in the audit log")] + all.dropFirst()

    static func wish(_ call: Invocation) -> Wish {
        Wish(
            requestID: call.values.text("request-id") ?? randomID(),
            actor: call.values.text("actor") ?? call.loginName, reason: call.values.text("reason"))
    }
}
