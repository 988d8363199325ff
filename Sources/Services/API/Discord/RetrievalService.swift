public import Platform
public import Workflow

/// Answers `/retrieve_results`: finds what the asker may see, puts it where "is thinking…" stands, and notes that it
/// was picked up once Discord has taken it.
///
/// What does not reach them stays where it is: they ask again. So nothing of this outlives the process.
public final class RetrievalService: StepService {
    public struct Links {
        public var results: any ResultReading
        /// Sends one request and waits for its answer, for a limited time.
        public var send: (OutgoingRequest) -> SendAnswer
        public var clock: any TimeSource
        /// Only this tenant's results; nil: every one's.
        public var tenantID: String?
        /// Of Discord's API.
        public var base: String
        /// Where people reach the gateway; nil: no links are given.
        public var publicURL: String?
        public var log: Log

        public init(
            results: any ResultReading, send: @escaping (OutgoingRequest) -> SendAnswer, clock: any TimeSource,
            tenantID: String?, base: String, publicURL: String? = nil, log: Log
        ) {
            self.results = results
            self.send = send
            self.clock = clock
            self.tenantID = tenantID
            self.base = base
            self.publicURL = publicURL
            self.log = log
        }
    }

    private let queue: Retrievals
    private let links: Links
    private var isStopping = false
    private static let tries = 6

    public init(_ queue: Retrievals, _ links: Links) {
        self.queue = queue
        self.links = links
    }

    public func step() -> StepOutcome {
        guard !isStopping else { return .finished }
        let item = queue.take(within: .milliseconds(200)) { [links] in links.clock.monotonic }
        if let item { answer(item) }
        return .again
    }

    public func beginStop() { isStopping = true }

    private func answer(_ item: Retrievals.Item) {
        var item = item
        item.tries += 1
        guard let answer = item.found ?? find(item) else { return later(item, nil) }
        item.found = answer
        let channel = DiscordInteractionChannel(
            applicationID: item.wish.applicationID, token: item.wish.token,
            expiresAt: item.wish.askedAt + DiscordInteractionChannel.tokenLife, base: links.base)
        let state = channel.check(now: links.clock.wall, madeAt: item.wish.askedAt)
        guard state == .open else { return end(item, "\(state)") }
        var request = channel.edit(answer.message)
        while true {
            let verdict = channel.verdict(
                on: links.send(request), to: request, saying: answer.message, madeAt: item.wish.askedAt,
                now: links.clock.wall)
            switch verdict {
            case .next(let following): request = following
            case .delivered(_, let isWhole): return isWhole ? note(item, answer) : ()
            case .retry(_, let rest, _, _): return later(item, rest)
            // Discord may not have seen our first answer yet.
            case .closed where item.tries < 3: return later(item, nil)
            case .closed(let words), .expired(let words), .refused(let words), .disabled(let words):
                return end(item, words)
            }
        }
    }

    /// Nil: not now, but perhaps soon.
    private func find(_ item: Retrievals.Item) -> RetrievalAnswer? {
        do throws(AccessFailure) {
            return try RetrievalAnswer.find(
                item.wish, in: links.results, tenantID: links.tenantID, publicURL: links.publicURL,
                random: SystemRandom())
        } catch {
            links.log.warning("kept results cannot be read", [.error(error.message)])
            return item.tries >= 3 ? .unread : nil
        }
    }

    private func later(_ item: Retrievals.Item, _ rest: Microseconds?) {
        guard item.tries < Self.tries else { return end(item, "Discord did not take it in \(item.tries) tries") }
        var item = item
        let rest = rest ?? 250_000 << Microseconds(item.tries)
        item.dueAt = links.clock.monotonic + rest * 1_000
        queue.giveBack(item)
    }

    /// It was shown: whether that can be noted changes nothing for whoever has it.
    private func note(_ item: Retrievals.Item, _ answer: RetrievalAnswer) {
        guard let id = answer.resultID else { return }
        do throws(AccessFailure) {
            _ = try links.results.redeem(
                id, code: nil, by: "discord:\(item.wish.userID)", tenantID: links.tenantID)
        } catch {
            links.log.warning("it cannot be noted that a result was picked up", [.error(error.message)])
        }
    }

    private func end(_ item: Retrievals.Item, _ words: String) {
        links.log.info("a chat command could not be answered", [.userID(item.wish.userID), .reason(words)])
    }
}
