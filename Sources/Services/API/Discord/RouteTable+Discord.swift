import HTTP
import JSON
import Platform

extension RouteTable {
    static let discord = [
        APIRoute(
            "POST", "/discord/interactions", nil, "Slash commands from Discord, signed by it: `/retrieve_results`.",
            body: .required, isSigned: true,
            .now { (call, gate) throws(Problem) in .now(try interaction(call, gate)) })
    ]

    /// Answered at once, whatever the command takes: what it found comes as an edit of this first answer. Both are for
    /// the asker's eyes only (flag 64).
    static func interaction(_ call: Call, _ gate: Gate) throws(Problem) -> HTTPServer.Response {
        guard let door = gate.policy.discord else { throw .notFound }
        let now = SystemTime().wall
        guard door.lets(in: call.request, now: now) else { throw .notSigned }
        switch Interaction(call.request.body, now: now) {
        case .ping: return .json(200, Array(#"{"type":1}"#.utf8))
        case .unknown(let words): return message(words)
        case .command(let wish):
            guard gate.retrievals.add(wish, notBefore: SystemTime().monotonic + afterFirstAnswer) else {
                return message("Too many ask at once. Please ask again in a minute.")
            }
            return .json(200, Array(#"{"type":5,"data":{"flags":64}}"#.utf8))
        }
    }

    /// Discord must have seen the first answer before it can be edited.
    private static let afterFirstAnswer: Int64 = 250_000_000

    private static func message(_ words: String) -> HTTPServer.Response {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", int: 4)
        writer.key("data")
        writer.beginObject()
        writer.member("content", string: words)
        writer.member("flags", int: 64)
        writer.endObject()
        writer.endObject()
        return .json(200, writer.bytes)
    }
}

extension Problem {
    /// Says nothing of what was wrong.
    static let notSigned = Problem(401, "not_signed", "the request is not signed by Discord, or not now")
}
