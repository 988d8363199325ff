public import HTTP
import Platform
import Synchronization

/// The answer that a call waits for: given once, from any thread.
public final class Reply: Sendable {
    /// What is done with the answer before it goes out; must end in the closure, with the problem that goes out in its
    /// place, if any.
    typealias Keeping = @Sendable (HTTPServer.Response, @escaping @Sendable (Problem?) -> Void) -> Void

    /// Told of the answer's status, and of what caused it where that is 500 or more.
    typealias Noting = @Sendable (_ status: Int, _ cause: String?) -> Void

    private let requestID: String
    private let give: @Sendable (HTTPServer.Response) -> Void
    private let noted: Noting
    private let isGiven = Atomic<Bool>(false)
    private let keeping = Monitor<Keeping?>(nil)
    /// What its request's body holds in memory while it waits.
    let bytes: Int
    /// From then on nobody waits because they asked to: nanoseconds of the monotonic clock.
    let until: Int64

    /// - `give`: takes the answer, once.
    init(
        requestID: String, until: Int64, bytes: Int = 0, give: @escaping @Sendable (HTTPServer.Response) -> Void,
        noted: @escaping Noting
    ) {
        self.requestID = requestID
        self.until = until
        self.bytes = bytes
        self.give = give
        self.noted = noted
    }

    deinit { if !isAnswered { fail(Problem(500, "internal", "the request was dropped")) } }

    public var isAnswered: Bool { isGiven.load(ordering: .relaxed) }

    /// False when the answer was given already: then nobody will call it.
    func keep(_ keeping: @escaping Keeping) -> Bool {
        self.keeping.withLock { kept in
            guard !isAnswered else { return false }
            kept = keeping
            return true
        }
    }

    /// Only the first counts.
    public func send(_ response: HTTPServer.Response) { send(response, cause: nil) }

    public func fail(_ problem: Problem) { send(problem.response(requestID: requestID), cause: problem.why) }

    private func send(_ response: HTTPServer.Response, cause: String?) {
        guard !isGiven.exchange(true, ordering: .relaxed) else { return }
        let keeping = keeping.withLock { taken -> Keeping? in
            defer { taken = nil }
            return taken
        }
        let (give, noted, requestID) = (give, noted, requestID)
        let finish: @Sendable (Problem?) -> Void = { problem in
            var response = problem?.response(requestID: requestID) ?? response
            noted(response.status, problem.map(\.why) ?? cause)
            response.headers.add("X-Request-Id", requestID)
            give(response)
        }
        if let keeping { keeping(response, finish) } else { finish(nil) }
    }

    /// Sends what the body gives, or its problem.
    func send(_ body: () throws(Problem) -> HTTPServer.Response) {
        do throws(Problem) { send(try body()) } catch { fail(error) }
    }
}

extension Problem {
    /// What the log says of it; nil for what is the caller's own affair.
    var why: String? { status < 500 ? nil : cause ?? detail }
}

/// Replies that nobody has given yet. While a service is known to be away none is waited for longer than two seconds,
/// and in no case longer than ten; where the call asked to wait, from the end of that on.
final class OverdueReplies: StepService {
    private let waiting: WaitingReplies
    private let isAway: () -> Bool
    private var isStopping = false

    init(_ waiting: WaitingReplies, isAway: @escaping () -> Bool) {
        self.waiting = waiting
        self.isAway = isAway
    }

    func step() -> StepOutcome {
        guard !isStopping else { return .finished }
        let limit: Int64 = isAway() ? 1_800_000_000 : 10_000_000_000
        for reply in waiting.late(by: limit, at: SystemTime().monotonic) { reply.fail(.late) }
        return .rest(.milliseconds(100))
    }

    func beginStop() { isStopping = true }
}

/// Replies in the order in which they were asked for.
final class WaitingReplies: Sendable {
    private struct Entry: Sendable {
        weak let reply: Reply?
    }

    private let entries = Monitor<[Entry]>([])

    func add(_ reply: Reply) { entries.withLock { $0.append(Entry(reply: reply)) } }

    /// Takes out those that are late; forgets those that are answered.
    func late(by limit: Int64, at now: Int64) -> [Reply] {
        let all = entries.withLock { entries in
            defer { entries = [] }
            return entries
        }
        var late: [Reply] = []
        var rest: [Entry] = []
        for entry in all {
            guard let reply = entry.reply, !reply.isAnswered else { continue }
            if now - reply.until >= limit { late.append(reply) } else { rest.append(entry) }
        }
        if !rest.isEmpty { entries.withLock { $0 = rest + $0 } }
        return late
    }
}
