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

    /// As parameters of a list.
    static func path(_ path: APIPath, _ values: Values) throws(CommandFailure) -> APIPath {
        var path = path
        for name in ["fingerprint", "flow", "handler", "tenant", "session", "run"] {
            path = path.with(name, values.text(name))
        }
        return path.with("reason", values.text("letter-reason")).with("since", try time("since", values))
            .with("until", try time("until", values))
    }

    /// As the body of a campaign has it; nil when nothing is chosen.
    static func body(_ values: Values) throws(CommandFailure) -> RequestBody? {
        var body = RequestBody()
        let empty = body.bytes
        body.put("fingerprint", values.text("fingerprint"))
        body.put("flow_id", values.text("flow"))
        body.put("handler", values.text("handler"))
        body.put("tenant_id", values.text("tenant"))
        body.put("session_id", values.text("session"))
        body.put("run_id", values.text("run"))
        body.put("reason", values.text("letter-reason"))
        body.put("since", try time("since", values))
        body.put("until", try time("until", values))
        return body.bytes == empty ? nil : body
    }

    /// A time as RFC 3339 has it.
    static func time(_ flag: String, _ values: Values) throws(CommandFailure) -> String? {
        guard let text = values.text(flag) else { return nil }
        if Timestamp.parse(Array(text.utf8)[...]) != nil { return text }
        guard let ago = Values.duration(text) else {
            throw .usage("--\(flag) is a time such as 2026-11-21T10:00:00Z, or how long ago: 30m, 2h; not \(text)")
        }
        return RFC3339.text(SystemTime().wall - ago.nanoseconds / 1_000)
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

    /// The body of a request that begins with the wish.
    static func body(_ call: Invocation, requestID: String? = nil) -> RequestBody {
        var body = RequestBody()
        body.put("reason", call.values.text("reason"))
        body.put("actor", call.values.text("actor") ?? call.loginName)
        body.put("request_id", requestID ?? call.values.text("request-id"))
        return body
    }

    /// For `admin`, which writes the audit log itself.
    static func wish(_ call: Invocation) -> Wish {
        Wish(
            requestID: call.values.text("request-id") ?? randomID(),
            actor: call.values.text("actor") ?? call.loginName, reason: call.values.text("reason"))
    }
}
