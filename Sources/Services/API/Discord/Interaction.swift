import JSON
import Workflow

/// What Discord asks: whether we are there, or a slash command.
enum Interaction: Equatable {
    case ping
    case command(RetrievalWish)
    /// Signed by Discord, but nothing that we know; the words are for whoever asked.
    case unknown(String)

    /// - `body`: signed by Discord.
    init(_ body: [UInt8], now: Microseconds) {
        guard let value = try? JSONValue(validating: body[...]), value.kind == .object else {
            self = .unknown("This cannot be read.")
            return
        }
        switch value.member("type")?.int {
        case 1: self = .ping
        case 2: self = Self.command(value, now: now)
        default: self = .unknown("This is nothing that Flowfleet knows.")
        }
    }

    private static func command(_ value: JSONValue, now: Microseconds) -> Interaction {
        guard let data = value.member("data"), let name = text(data.member("name")), name == RetrievalWish.command
        else {
            return .unknown("This command is unknown here. Known: `/\(RetrievalWish.command)`.")
        }
        let user = value.member("member")?.member("user") ?? value.member("user")
        guard let application = text(value.member("application_id")), let token = text(value.member("token")),
            let userID = text(user?.member("id"))
        else { return .unknown("It is not said who asks.") }
        var wish = RetrievalWish(
            applicationID: application, token: Secret(token), userID: userID, askedAt: now)
        var problem: String?
        data.member("options")?.forEachElement { option in
            let name = text(option.member("name")) ?? ""
            guard let given = text(option.member("value")), !given.isEmpty, given.utf8.count <= Self.optionLimit else {
                problem = "`\(name.prefix(40).filter { $0.isLetter || $0 == "_" })` is empty or too long."
                return
            }
            switch name {
            case "workflow_id": wish.runID = given
            case "url": wish.url = given
            case "since":
                wish.since = SinceText.time(given, now: now)
                if wish.since == nil {
                    problem = "`since` is a time such as `2026-11-21T10:00:00Z`, a day, or a while such as `2h`."
                }
            default: problem = "This command takes `workflow_id`, `url` and `since`."
            }
        }
        return problem.map { .unknown($0) } ?? .command(wish)
    }

    /// Addresses are kept as long as this. A condition that cannot be used must not be none: more would be found.
    private static let optionLimit = 2_000

    private static func text(_ value: JSONValue?) -> String? {
        value?.string().map { String(decoding: $0, as: UTF8.self) }
    }
}

/// `/retrieve_results`: whose results are wanted, and which.
struct RetrievalWish: Sendable, Equatable {
    static let command = "retrieve_results"

    /// Where the answer goes.
    let applicationID: String
    let token: Secret
    /// Of Discord: only runs of this user are shown.
    let userID: String
    let askedAt: Microseconds
    var runID: String?
    var url: String?
    var since: Microseconds?

    init(applicationID: String, token: Secret, userID: String, askedAt: Microseconds) {
        self.applicationID = applicationID
        self.token = token
        self.userID = userID
        self.askedAt = askedAt
    }
}

/// A point in time as people type it: RFC 3339, a day, or how long ago.
enum SinceText {
    static func time(_ text: String, now: Microseconds) -> Microseconds? {
        let text = text.filter { $0 != " " }
        if let time = Timestamp.parse(Array(text.utf8)[...]) { return time }
        if let time = Timestamp.parse(Array("\(text)T00:00:00Z".utf8)[...]) { return time }
        guard let unit = text.last, let count = Int64(text.dropLast()), (1...100_000).contains(count),
            let seconds = units[unit]
        else { return nil }
        return now - count * seconds * 1_000_000
    }

    private static let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]
}
