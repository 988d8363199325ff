import Workflow

/// Turns whose commits break off while Postgres answers everything else: too large for it, most likely, or something it
/// cannot bear. Waiting for Postgres would be waiting for ever.
///
/// | breaks in a row | what follows |
/// |---|---|
/// | fewer than 3 | the same turn again: Postgres may have been restarted |
/// | 3 | its records one at a time, without what is only due |
/// | 5 of one record alone | it is decided as one that Postgres refuses |
/// | 10 of one record alone | it is set aside unread |
///
/// Before a record is tried alone something small is written, so a server that takes no writes at all condemns nobody;
/// and it rests between two tries, so that neither does one that is being restarted.
struct BrokenCommits {
    static let patience = 3
    static let lonePatience = 5
    static let rest: Microseconds = 2_000_000

    private var inRow = 0
    /// Records that have yet to be tried alone.
    private var careful = 0
    private var lone: Announced?
    private var loneBreaks = 0
    private var words = ""
    /// The record that broke its commit alone is not tried again before.
    private(set) var restsUntil = Microseconds.min

    var isCareful: Bool { careful > 0 }

    /// A commit broke off. `first`: the first record of its turn.
    mutating func note(records: Int, first: Announced?, _ words: String, at now: Microseconds) {
        self.words = words
        if isCareful, records == 1 {
            restsUntil = now + Self.rest
            loneBreaks = first == lone ? loneBreaks + 1 : 1
            lone = first
        } else {
            inRow += 1
            if inRow >= Self.patience { careful = max(careful, records) }
        }
    }

    mutating func noteCommit(records: Int) {
        inRow = 0
        careful = max(0, careful - records)
        (lone, loneBreaks) = (nil, 0)
    }

    /// What is to become of the next record, if it has broken enough commits alone.
    func verdict(on record: Announced) -> Condemned? {
        guard isCareful, record == lone, loneBreaks >= Self.lonePatience else { return nil }
        return Condemned(
            words: "a turn with nothing but it breaks the connection: \(words)",
            isHopeless: loneBreaks >= 2 * Self.lonePatience)
    }
}

extension Orchestrator {
    /// Nobody knows whether the turn or the server is to blame.
    func broke(_ turn: Turn, _ words: String) {
        let first = turn.records > 0 ? inbox.first.map(Announced.init) : nil
        let wasCareful = breaks.isCareful
        breaks.note(records: turn.records, first: first, words, at: clock.monotonic)
        guard breaks.isCareful, !wasCareful else { return }
        observer.noticed(.turnRefused("it breaks its connection each time, so its records are tried alone: \(words)"))
    }

    /// One record, once the store has shown that it takes writes; nil while it does not.
    func nextCarefulRecord() -> Int? {
        awaitsTried = clock.monotonic < breaks.restsUntil
        guard !awaitsTried else { return nil }
        guard let record = inbox.first, let lane = lanes[record.lane] else { return 0 }
        let trying = Trying(topic: record.topic, offset: record.offset, tries: lane.trying?.tries ?? 1)
        let noted: Void? = ask { () throws(StoreError) in
            try self.store.noteTrying(trying, lane: record.lane, owner: lane.owner)
        }
        guard noted != nil else { return nil }
        if let verdict = breaks.verdict(on: Announced(record)) { condemned = verdict }
        return 1
    }
}

extension Announced {
    init(_ record: InputRecord) { self.init(lane: record.lane, topic: record.topic, offset: record.offset) }
}
