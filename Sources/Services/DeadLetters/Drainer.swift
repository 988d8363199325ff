public import Platform
public import Workflow

/// Moves dead letters from their topic into the store: read, keep in one transaction, then commit the position.
///
/// A batch stays in memory until the store has it, however long that takes; its partitions may have gone to another
/// drainer by then, which keeps the same letters under the same ids. So each letter is one row, whoever dies when.
public final class Drainer {
    /// Everything outside.
    public struct Surroundings {
        public var log: any LetterLog
        public var store: any LetterStore
        public var time: any TimeSource
        public var metrics: DrainerMetrics
        public var health: Health
        public var journal: Log

        public init(
            log: any LetterLog, store: any LetterStore, time: any TimeSource = SystemTime(), metrics: DrainerMetrics,
            health: Health, journal: Log
        ) {
            self.log = log
            self.store = store
            self.time = time
            self.metrics = metrics
            self.health = health
            self.journal = journal
        }
    }

    /// Letters of one transaction, at most.
    static let batch = 2_000
    /// How long letters are looked after that arrived while their task was being revived: longer than any transaction
    /// of a lane may last.
    static let settlingTime: Int64 = 60_000_000_000
    static let settlingPause: Int64 = 5_000_000_000
    /// Joining the group takes a while; only what lasts longer is told.
    static let shortTrouble: Int64 = 5_000_000_000

    private let outside: Surroundings
    private var reader: LetterReader
    /// Read and not kept yet.
    private var pending: [LetterRecord] = []
    private var settlesUntil = Int64.min
    private var settlesNext = Int64.min
    private var troubledSince: Int64?

    /// - `topic`: the name that ids of unreadable records carry.
    public init(_ outside: Surroundings, topic: String) {
        self.outside = outside
        reader = LetterReader(topic: topic)
    }

    /// Records that were read and are not kept yet.
    public var pendingCount: Int { pending.count }

    public func step() {
        if pending.isEmpty { receive() }
        guard !pending.isEmpty else { return settle() }
        do throws(LetterStoreError) {
            try keepPending()
            note(storeTrouble: nil)
        } catch {
            if case .away(let why) = error { note(storeTrouble: why) }
            // The place in the group is kept, and the wait is the pause before the next try.
            let intake = outside.log.receive(limit: 0, wait: 300_000)
            pending += intake.records
            note(logTrouble: intake.trouble)
        }
    }

    public func close(within wait: Microseconds) { outside.log.close(within: wait) }

    private func receive() {
        let intake = outside.log.receive(limit: Self.batch, wait: 200_000)
        note(logTrouble: intake.trouble)
        pending = intake.records
        guard !pending.isEmpty else { return }
        outside.metrics.received.add(pending.count)
        KillPoint.received.pass()
    }

    private func keepPending() throws(LetterStoreError) {
        var letters: [DeadLetter] = []
        letters.reserveCapacity(pending.count)
        for record in pending { letters.append(reader.read(record)) }
        let types = try outside.store.errorTypes(of: letters)
        let kept = zip(letters, types).map { letter, type in
            var letter = letter
            letter.errorType = letter.errorType ?? type
            return KeptLetter(letter, Fingerprint(of: letter))
        }
        try keep(kept[...], of: pending[...])
        KillPoint.insertedNotCommitted.pass()
        outside.log.commit(Self.positions(pending))
        pending.removeAll(keepingCapacity: true)
        settlesUntil = outside.time.monotonic + Self.settlingTime
    }

    /// All of them, or each half by itself: the one that the store refuses is kept as the bytes it came in.
    private func keep(_ letters: ArraySlice<KeptLetter>, of records: ArraySlice<LetterRecord>)
        throws(LetterStoreError)
    {
        do throws(LetterStoreError) {
            try keepTogether(letters)
        } catch {
            guard case .refused(let why) = error else { throw error }
            guard letters.count > 1 else {
                let letter = reader.unreadable(records[records.startIndex], "the store refuses it: \(why)")
                return try keepTogether([KeptLetter(letter, Fingerprint(of: letter))])
            }
            let half = letters.startIndex + letters.count / 2
            try keep(letters[..<half], of: records[..<half])
            try keep(letters[half...], of: records[half...])
        }
    }

    private func keepTogether(_ letters: ArraySlice<KeptLetter>) throws(LetterStoreError) {
        let start = outside.time.monotonic
        let new = try outside.store.keep(Array(letters))
        outside.metrics.keepSeconds.record(Double(outside.time.monotonic - start) / 1e9)
        outside.metrics.repeated.add(letters.count - new)
        for kept in letters {
            let reason = String(decoding: kept.letter.reason, as: UTF8.self)
            outside.metrics.kept.with(DeadLetterReason(rawValue: reason)?.rawValue ?? "other").add()
        }
        outside.metrics.unreadable.add(letters.count { $0.letter.kind == .record && $0.letter.value != nil })
        if new > 0 { outside.journal.debug("dead letters kept", [.count(new)]) }
    }

    private func settle() {
        let now = outside.time.monotonic
        guard now < settlesUntil, now >= settlesNext else { return }
        settlesNext = now + Self.settlingPause
        try? outside.store.settle()
    }

    static func positions(_ records: [LetterRecord]) -> [LetterPosition] {
        var next: [Int32: Int64] = [:]
        for record in records { next[record.partition] = max(next[record.partition] ?? 0, record.offset + 1) }
        return next.sorted { $0.key < $1.key }.map { LetterPosition(partition: $0.key, next: $0.value) }
    }

    private func note(storeTrouble why: String?) {
        guard let why else { return outside.health.up("postgres") }
        outside.health.down("postgres", why)
        outside.journal.limited("postgres", .warning, "Postgres is away; dead letters wait", [.error(why)])
    }

    private func note(logTrouble why: String?) {
        guard let why else {
            troubledSince = nil
            return outside.health.up("kafka")
        }
        outside.health.down("kafka", why)
        let since = troubledSince ?? outside.time.monotonic
        troubledSince = since
        guard outside.time.monotonic - since > Self.shortTrouble else { return }
        outside.journal.limited("kafka", .warning, "Kafka is in trouble", [.error(why)])
    }
}
