import HTTP
import JSON
public import Platform
public import Workflow

/// Which announcements a stream wants; absent conditions do not restrict.
struct EventFilter: Sendable {
    var runIDs: Set<String> = []
    var sessionID: String?
    var flowID: String?
    /// What the caller's key is bound to, or what they asked for.
    var tenantID: String?

    func wants(_ event: StreamEvent) -> Bool {
        (runIDs.isEmpty || runIDs.contains(event.runID)) && (sessionID.map { $0 == event.sessionID } ?? true)
            && (flowID.map { $0 == event.flowID } ?? true) && (tenantID.map { $0 == event.tenantID } ?? true)
    }
}

/// One announcement on its way to the streams.
struct StreamEvent: Sendable {
    var number: Int
    /// Empty for one about a session as a whole.
    var runID: String
    var sessionID: String?
    var flowID: String?
    var tenantID: String?
    /// As it goes over the wire.
    var bytes: [UInt8]
}

/// The open streams and the last announcements.
///
/// Announcements are hints: a stream that missed some is told to look anew (`resync`), and everything can be read from
/// rows. Ids hold in one process: another gateway answers them with `resync`.
public final class EventHub: Sendable {
    private struct State {
        var next = 1
        var ring: [StreamEvent] = []
        var bytes = 0
        var streams: [Int: Stream] = [:]
        var nextStream = 0
        /// Of runs that go on: task events name only the run.
        var runs: [String: StreamEvent] = [:]
        /// They were too many, so some task events will belong to nobody.
        var hasForgotten = false
    }

    private struct Stream: Sendable {
        let feed: HTTPEventFeed
        let filter: EventFilter
    }

    private let state = Monitor(State())
    private let epoch: String
    private let limit: Int
    private static let ringEvents = 10_000
    private static let ringBytes = 16 << 20
    private static let knownRuns = 50_000

    /// - `epoch`: no other process's.
    public init(epoch: String, limit: Int) {
        self.epoch = epoch
        self.limit = limit
    }

    public var count: Int { state.withLock { $0.streams.count } }

    /// A stream that begins behind the event with this id; nil when there are too many streams.
    func open(_ filter: EventFilter, after lastID: String?) -> HTTPEventFeed? {
        state.withLock { state in
            guard state.streams.count < limit else { return nil }
            state.nextStream += 1
            let number = state.nextStream
            let first = Array("retry: 2000\n: connected\n\n".utf8) + (lastID.map { replay($0, filter, state) } ?? [])
            let feed = HTTPEventFeed(first: first) { [weak self] in self?.state.withLock { $0.streams[number] = nil } }
            state.streams[number] = Stream(feed: feed, filter: filter)
            return feed
        }
    }

    private func replay(_ lastID: String, _ filter: EventFilter, _ state: State) -> [UInt8] {
        let parts = lastID.split(separator: "-", maxSplits: 1)
        guard parts.count == 2, parts[0] == epoch, let last = Int(parts[1]), last < state.next,
            last + 1 >= (state.ring.first?.number ?? state.next)
        else { return Self.resync }
        let missed = state.ring.drop { $0.number <= last }.filter { filter.wants($0) }
        let count = missed.reduce(0) { $0 + $1.bytes.count }
        return count > 200_000 ? Self.resync : missed.flatMap(\.bytes)
    }

    private static let resync = Array("event: resync\ndata: {\"reason\":\"events were missed\"}\n\n".utf8)

    /// Gives announcements to the streams that want them, and keeps them for a while. The runs they are about.
    @discardableResult
    func publish(_ messages: [Bytes]) -> [String] {
        var runIDs: [String] = []
        // Offered outside of the lock: a stream that is dropped takes itself out.
        var offers: [(feed: HTTPEventFeed, bytes: [UInt8])] = []
        var members = JSONMembers()
        state.withLock { state in
            for message in messages {
                guard (try? members.scan(message)) != nil, let event = note(message, members, &state) else { continue }
                if !event.runID.isEmpty { runIDs.append(event.runID) }
                for stream in state.streams.values where stream.filter.wants(event) {
                    offers.append((stream.feed, event.bytes))
                }
            }
        }
        let hasForgotten = state.withLock { state in
            defer { state.hasForgotten = false }
            return state.hasForgotten
        }
        for offer in offers { offer.feed.offer(offer.bytes) }
        if hasForgotten { announceGap() }
        return runIDs
    }

    private func note(_ message: Bytes, _ members: JSONMembers, _ state: inout State) -> StreamEvent? {
        guard var event = Self.event(members) else { return nil }
        Self.complete(&event, &state, isEnd: members["status"].map { Self.isEnd($0) } ?? false)
        event.number = state.next
        state.next += 1
        let type = Self.text(members["event_type"]).map { $0.filter { $0.isASCII && !$0.isNewline } } ?? "event"
        event.bytes = Array("id: \(epoch)-\(event.number)\nevent: \(type)\ndata: ".utf8)
        event.bytes += message.filter { $0 != 10 && $0 != 13 } + [10, 10]
        Self.keep(event, &state)
        return event
    }

    /// To every stream: some announcements were missed.
    func announceGap() { toAll(Self.resync) }
    func beat() { toAll(Array(": heartbeat\n\n".utf8)) }

    private func toAll(_ bytes: [UInt8]) {
        let feeds = state.withLock { $0.streams.values.map(\.feed) }
        for feed in feeds { feed.offer(bytes) }
    }

    public func closeAll() {
        let feeds = state.withLock { $0.streams.values.map(\.feed) }
        for feed in feeds { feed.close() }
    }

    private static func event(_ members: JSONMembers) -> StreamEvent? {
        let (runID, sessionID) = (text(members["run_id"]), text(members["session_id"]))
        guard let id = runID ?? sessionID.map({ _ in "" }) else { return nil }
        return StreamEvent(
            number: 0, runID: id, sessionID: sessionID, flowID: text(members["flow_id"]),
            tenantID: text(members["tenant_id"]), bytes: [])
    }

    private static func text(_ value: JSONValue?) -> String? {
        value?.string().map { String(decoding: $0, as: UTF8.self) }
    }

    private static func isEnd(_ status: JSONValue) -> Bool {
        ["completed", "failed", "cancelled"].contains(text(status) ?? "")
    }

    /// Whose run it is, where the announcement itself says no more than its id.
    private static func complete(_ event: inout StreamEvent, _ state: inout State, isEnd: Bool) {
        guard !event.runID.isEmpty else { return }
        if event.tenantID == nil, let run = state.runs[event.runID] {
            (event.sessionID, event.flowID, event.tenantID) = (run.sessionID, run.flowID, run.tenantID)
        } else if event.tenantID != nil {
            if state.runs.count >= knownRuns { (state.runs, state.hasForgotten) = ([:], true) }
            state.runs[event.runID] = isEnd ? nil : event
        }
    }

    private static func keep(_ event: StreamEvent, _ state: inout State) {
        state.ring.append(event)
        state.bytes += event.bytes.count
        guard state.ring.count > ringEvents || state.bytes > ringBytes else { return }
        // A part at once: taking single ones from the front would move all others each time.
        let dropped = state.ring.prefix(max(1, state.ring.count / 8))
        state.bytes -= dropped.reduce(0) { $0 + $1.bytes.count }
        state.ring.removeFirst(dropped.count)
    }
}

/// Reads announcements and hands them on; a heartbeat keeps quiet streams alive.
public final class StreamService: StepService {
    private let hub: EventHub
    private let log: any AnnouncementLog
    private let looks: RunLooks
    private let open: Gauge
    private let journal: Log
    private var lastBeat: ContinuousClock.Instant = .now
    private var isStopping = false

    /// - `open`: told how many streams there are.
    public init(_ hub: EventHub, log: any AnnouncementLog, looks: RunLooks, open: Gauge, journal: Log) {
        self.hub = hub
        self.log = log
        self.looks = looks
        self.open = open
        self.journal = journal
    }

    public func step() -> StepOutcome {
        guard !isStopping else {
            hub.closeAll()
            return .finished
        }
        open.set(hub.count)
        let intake = log.receive(wait: 200_000)
        if intake.hasGap { hub.announceGap() }
        if !intake.messages.isEmpty { looks.announce(hub.publish(intake.messages)) }
        if ContinuousClock.now - lastBeat > .seconds(15) {
            hub.beat()
            lastBeat = .now
        }
        guard let trouble = intake.trouble else { return .again }
        // No word to health: it may have been one broker, and with no announcements nothing says that it is over.
        journal.limited("stream", every: .seconds(60), .warning, "announcements may be missed", [.reason(trouble)])
        return .rest(.milliseconds(200))
    }

    public func beginStop() { isStopping = true }
}
