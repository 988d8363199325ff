package import Foundation

/// An imitation of Discord's API that keeps its documented rules, for tests: real HTTP on a port of its own, faults on
/// demand, and a memory of everything it was asked.
///
/// Its rules: an interaction is answered within 3 s or it is over; its token then lives 15 minutes (or as long as a
/// test says); bot calls need the bot's token; 2,000 characters and 8 MiB a message; limits per bucket and for all.
package final class DiscordTwin: @unchecked Sendable {
    package static let contentLimit = 2_000
    package static let bodyLimit = 8 << 20

    package let applicationID = "1100000000000000001"
    package let botToken: String
    package let key = SigningKey()
    let lock = NSLock()
    var state = State()
    private var server: SocketServer?

    /// What a message looks like now.
    package struct Message: Sendable {
        package let id: String
        package var content = ""
        package var files: [(name: String, bytes: [UInt8])] = []
        package var edits = 0
        /// The whole JSON that made it last.
        package var json: JSONTree = .null

        package var mentionsNobody: Bool { json["allowed_mentions"]?["parse"]?.array?.isEmpty ?? false }
    }

    /// One call as it was answered.
    package struct Call: Sendable {
        package let method: String
        /// Without the base address; the token of an interaction is left in.
        package let path: String
        package let status: Int
        package let code: Int
        package let authorization: String?
        package let at: Date
    }

    package enum Fault: Sendable {
        case slow(seconds: Double)
        case reset
        /// It is done, but the answer is lost.
        case answerLost
        case garbage
        case hang
        case status(Int)
        case limited(retryAfter: Double, scope: String)
        /// An error of Discord's own.
        case refused(status: Int, code: Int)
    }

    struct Interaction {
        let id: String
        var isAnswered: Bool
        /// The first answer has said that it is for the asker's eyes only.
        var isEphemeral = false
        var ends: Date
        var original: Message?
        var followUps: [Message] = []
    }

    struct Channel {
        var messages: [Message] = []
        /// The error that whoever writes here gets; nil for none.
        var refusal: (status: Int, code: Int)?
        var nonces: [String: String] = [:]
    }

    struct Bucket {
        var left: Int
        var ends: Date
    }

    struct State {
        var interactions: [String: Interaction] = [:]
        var channels: [String: Channel] = [:]
        var directChannels: [String: String] = [:]
        var calls: [Call] = []
        var faults: [Fault] = []
        var lastingFault: Fault?
        var bucketLimit = 5
        var bucketSeconds = 1.0
        var buckets: [String: Bucket] = [:]
        var globalLimit = 50
        /// Bodies with files of this size or more are refused.
        var smallestRefusedForm = DiscordTwin.bodyLimit + 1
        var lastID = 1_200_000_000_000_000_000
    }

    package init() throws {
        botToken = "canary-bot-token-\(Hex.text((0..<12).map { _ in UInt8.random(in: 0...255) }))"
        server = try SocketServer { [weak self] request in self?.answer(request) ?? .reset }
    }

    deinit { server?.stop() }

    /// What COURIER_DISCORD_URL is to be.
    package var url: String { (server?.url ?? "") + "/api/v10" }

    /// What programs that are to use this one are told.
    package var settings: [String: String] {
        ["COURIER_DISCORD_URL": url, "COURIER_DISCORD_BOT_TOKEN": botToken]
    }

    // MARK: What there is

    /// The token of an interaction that a bot has answered with "is thinking…", unless told otherwise.
    package func addInteraction(isDeferred: Bool = true, life: Double = 900) -> String {
        lock.withLock {
            let token = "canary-interaction-\(Hex.text((0..<24).map { _ in UInt8.random(in: 0...255) }))"
            var one = Interaction(id: state.nextID(), isAnswered: isDeferred, ends: Date() + life)
            if isDeferred { one.original = Message(id: state.nextID()) }
            state.interactions[token] = one
            return token
        }
    }

    package func expire(_ token: String) { lock.withLock { state.interactions[token]?.ends = Date() - 1 } }

    /// Somebody removes the "is thinking…".
    package func deleteOriginal(_ token: String) { lock.withLock { state.interactions[token]?.original = nil } }

    package func addChannel(refusing refusal: (status: Int, code: Int)? = nil) -> String {
        lock.withLock {
            let id = state.nextID()
            state.channels[id] = Channel(refusal: refusal)
            return id
        }
    }

    /// - `takesMessages`: whether the user lets the bot write to them.
    package func addUser(takesMessages: Bool = true) -> String {
        lock.withLock {
            let (user, channel) = (state.nextID(), state.nextID())
            state.directChannels[user] = channel
            state.channels[channel] = Channel(refusal: takesMessages ? nil : (403, 50007))
            return user
        }
    }

    // MARK: What came

    package func original(_ token: String) -> Message? { lock.withLock { state.interactions[token]?.original } }
    package func followUps(_ token: String) -> [Message] {
        lock.withLock { state.interactions[token]?.followUps ?? [] }
    }
    package func isEphemeral(_ token: String) -> Bool {
        lock.withLock { state.interactions[token]?.isEphemeral ?? false }
    }
    package func messages(in channel: String) -> [Message] { lock.withLock { state.channels[channel]?.messages ?? [] } }
    package func messages(to user: String) -> [Message] {
        lock.withLock { state.directChannels[user].flatMap { state.channels[$0]?.messages } ?? [] }
    }
    package var calls: [Call] { lock.withLock { state.calls } }

    // MARK: What goes wrong

    /// The next calls meet these, one each.
    package func next(_ faults: Fault...) { lock.withLock { state.faults += faults } }
    /// Every call meets it until it is taken away.
    package func setFault(_ fault: Fault?) { lock.withLock { state.lastingFault = fault } }
    package func setSmallestRefusedForm(_ bytes: Int) { lock.withLock { state.smallestRefusedForm = bytes } }
    package func goDown() { server?.stop() }
    package func comeBack() throws { try server?.start() }
    package func setLimits(bucket: Int = 5, seconds: Double = 1, global: Int = 50) {
        lock.withLock { (state.bucketLimit, state.bucketSeconds, state.globalLimit) = (bucket, seconds, global) }
    }
}

extension DiscordTwin.State {
    mutating func nextID() -> String {
        lastID += 1
        return String(lastID)
    }
}
