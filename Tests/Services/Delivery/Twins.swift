import JSON
import Platform
import Workflow

@testable import Delivery

/// A clock that moves when a test says so, or when somebody waits.
final class TwinClock: LaneClock {
    var monotonic: Microseconds = 1_000_000_000
}

/// Rows of deliveries in memory, by the rules of the port.
final class TwinStore: DeliveryStore {
    struct Row {
        var owed: OwedDelivery
        var state = DeliveryState.waiting
        var due: Microseconds = 0
        var claimedUntil: Microseconds?
        var error: String?
        var channel: String?
        var tries: [DeliveryTry] = []
        var codes: [String] = []
    }

    let clock: TwinClock
    var rows: [Int64: Row] = [:]
    var kept: [String: KeptNote] = [:]
    var gone: Set<String> = []
    var runs: [Identifier: WatchedRun] = [:]
    var sweeps: [ResultSweep] = []
    var keptRuns: Set<Identifier> = []
    /// While set, writing fails with these words.
    var away: String?
    /// The next question of this name fails.
    var awayOnce: String?
    /// Notes that it takes for no text.
    var refuses: (DeliveryNote) -> Bool = { _ in false }
    private(set) var backlogs = 0

    init(_ clock: TwinClock) { self.clock = clock }

    var now: Microseconds { 1_700_000_000_000_000 + clock.monotonic }

    func add(_ owed: OwedDelivery) {
        var owed = owed
        owed.createdAt = now
        rows[owed.id] = Row(owed: owed, due: now)
    }

    private func ask(_ question: String = "") throws(StoreError) {
        if let away { throw .unavailable(away) }
        guard awayOnce == question, !question.isEmpty else { return }
        awayOnce = nil
        throw .unavailable("gone at \(question)")
    }

    func claim(
        _ limit: Int, butOf tenants: [Identifier], lasts: Microseconds
    ) throws(StoreError) -> [OwedDelivery] {
        try ask()
        let due = rows.values.filter {
            $0.state == .waiting && $0.due <= now && ($0.claimedUntil ?? 0) <= now
                && !tenants.contains($0.owed.tenantID)
        }
        return due.sorted { $0.due < $1.due }.prefix(limit).map { row in
            var owed = row.owed
            (owed.claimedAt, owed.lateness, owed.isTakenOver) = (now, now - row.due, row.claimedUntil != nil)
            owed.claim += 1
            rows[owed.id]?.claimedUntil = now + lasts
            rows[owed.id]?.owed.claim = owed.claim
            return owed
        }
    }

    func note(_ notes: [DeliveryNote], keptFor days: Int) throws(StoreError) -> Set<Int64> {
        try ask()
        if notes.contains(where: refuses) { throw .refused(.data("no such text")) }
        var ours: Set<Int64> = []
        for note in notes {
            guard var row = rows[note.id] else { continue }
            row.tries += note.attempts
            defer { rows[note.id] = row }
            guard row.claimedUntil != nil, row.owed.claim == note.claim else { continue }
            ours.insert(note.id)
            (row.state, row.due, row.claimedUntil) = (note.state, now + note.delay, nil)
            (row.error, row.channel) = (note.error, note.channel ?? row.channel)
            (row.owed.place, row.owed.tries) = (note.place, note.tries)
            row.owed.memo = note.memo ?? row.owed.memo
            if let result = note.kept { kept[result.resultID] = result }
        }
        return ours
    }

    func disabled(_ endpoints: [String]) throws(StoreError) -> Set<String> { gone.intersection(endpoints) }
    func disable(_ endpoint: String, place: String, because reason: String) throws(StoreError) {
        gone.insert(endpoint)
    }
    func watched(_ runs: [Identifier]) throws(StoreError) -> [Identifier: WatchedRun] {
        try ask("watched")
        return self.runs
    }
    func note(code hash: String, for id: Int64) throws(StoreError) {
        try ask("code")
        rows[id]?.codes.append(hash)
    }

    func untilNextDue() throws(StoreError) -> Microseconds? {
        try ask()
        return rows.values.filter { $0.state == .waiting }.map { max($0.due, $0.claimedUntil ?? 0) - now }.min()
    }

    func backlog() throws(StoreError) -> DeliveryBacklog {
        backlogs += 1
        return DeliveryBacklog()
    }
    func sweep(_ ages: SweepAges) throws(StoreError) -> ResultSweep {
        sweeps.isEmpty ? ResultSweep() : sweeps.removeFirst()
    }
    func kept(of runs: [Identifier]) throws(StoreError) -> Set<Identifier> { Set(runs).intersection(keptRuns) }
    func wait(_ span: Microseconds) { clock.monotonic += max(span, 1) }
}

/// Answers as a test says, at once.
final class TwinSender: DeliverySender {
    var sent: [OutgoingRequest] = []
    var answer: (OutgoingRequest) -> SendAnswer = { _ in .reply(SendReply(status: 200)) }
    /// Answers that come no sooner than a test lets them.
    var isSilent = false
    private var ready: [SentAnswer] = []

    func send(_ request: OutgoingRequest, token: Int) -> Bool {
        sent.append(request)
        ready.append(SentAnswer(token: token, answer: answer(request), latency: 1_000))
        return true
    }

    func answers(wait: Microseconds) -> [SentAnswer] {
        guard !isSilent else { return [] }
        defer { ready = [] }
        return ready
    }
}

final class TwinFiles: OrphanFiles {
    var files: [Identifier: [UInt8]] = [:]
    /// Those that lie here for long.
    var old: [Identifier] = []
    var broken: String?

    func write(_ bytes: [UInt8], run: Identifier) throws(KeepingFailure) {
        if let broken { throw KeepingFailure(broken) }
        files[run] = bytes
    }

    func path(of run: Identifier) -> String { "/orphans/\(run).json" }
    func names(olderThan age: Microseconds) -> [String] { old.map { "\($0)" } }
    func run(of name: String) -> Identifier? { Identifier(name) }
    func remove(_ name: String) { files[Identifier(name)] = nil }
}

final class TwinSecrets: SecretBook {
    var isReady = true
    var known = ["default": [Secret("whsec_Y2FuYXJ5LXdlYmhvb2stc2VjcmV0LTAwMDAwMDAwMDE=")]]
    func secrets(named name: String, for tenant: Identifier, at url: String) -> [Secret] { known[name] ?? [] }
}

/// Everything a courier noticed, in words.
final class TwinObserver: CourierObserver {
    var events: [CourierEvent] = []
    func passed(_ point: KillPoint) {}
    func noticed(_ event: CourierEvent) { events.append(event) }

    var sessionsClosed: [String] {
        events.compactMap { event in
            if case .sessionClosed(_, let stage, let depth, _) = event { "\(stage) \(depth)" } else { nil }
        }
    }
    var kept: [String] {
        events.compactMap { if case .kept(_, let reason, let depth, _, _) = $0 { "\(reason) \(depth)" } else { nil } }
    }
    var fileFailures: [String] {
        events.compactMap { if case .fileFailed(_, let words, let why) = $0 { "\(words) | \(why)" } else { nil } }
    }
}

/// A courier among twins.
final class Office {
    let clock = TwinClock()
    let store: TwinStore
    let sender = TwinSender()
    let files = TwinFiles()
    let secrets = TwinSecrets()
    let observer = TwinObserver()
    let courier: Courier

    init(_ limits: CourierLimits = CourierLimits()) {
        store = TwinStore(clock)
        let desk = ChannelDesk(
            secrets: secrets, webhookDelays: [0, 5_000_000, 300_000_000], discordURL: "http://discord.test/api",
            botToken: Secret("canary-bot-token"))
        courier = Courier(
            store: store, sender: sender, files: files, desk: desk, clock: clock, observer: observer, limits: limits)
    }

    /// - `delivery`: JSON of the request's channels.
    func owe(
        _ id: Int64, _ delivery: String, status: String = "completed", kind: OwedRow.Kind = .end,
        output: String = #"{"n":7}"#, tenant: Identifier = "default"
    ) {
        let event =
            #"{"type":"run.\#(status)","timestamp":"2026-11-22T00:00:00.000Z","data":{"run_id":"r\#(id)","#
            + #""status":"\#(status)","degraded":false,"output":\#(output),"error":null}}"#
        store.add(
            OwedDelivery(
                id: id, kind: kind, runID: Identifier("r\(id)"), ending: 1, tenantID: tenant,
                event: kind == .end ? Array(event.utf8)[...] : nil, url: "https://example.org/a",
                request: Array(delivery.utf8)[...]))
    }

    func steps(_ count: Int = 6) { for _ in 0..<count { courier.step() } }
    func state(_ id: Int64) -> DeliveryState? { store.rows[id]?.state }
    func outcomes(_ id: Int64) -> [String] {
        store.rows[id]?.tries.map { "\($0.notice) \($0.channel) \($0.outcome)" } ?? []
    }
}
