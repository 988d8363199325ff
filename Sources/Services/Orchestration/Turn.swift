import Workflow

/// One turn: what was decided from a prefix of the inbox, on its way into Postgres and onto the topics.
struct Turn {
    /// Leading records of the inbox that this turn decided.
    var records = 0
    /// It holds what time alone asked for, too.
    var isDue = false
    var fences: [LaneFence] = []
    var decision = Decision()
    /// Runs this turn changes, in the order it met them: the same records always give the same turn.
    private(set) var touched: [CachedRun] = []
    /// Requests that became failed runs at once: rows that never were in memory.
    var refused: [Identifier] = []
    var ended: [Identifier: RunStatus] = [:]
    /// What the looks of this turn found, and up to which `next_check_at` they looked.
    var suspects: [Suspect] = []
    var lookedUntil: [Int32: Microseconds] = [:]
    /// Suspects it judged, and which of them were lost.
    var judged: Set<Suspect> = []
    var lost: [Suspect] = []
    /// Monotonic time just before the commit; publishing long after it asks for the token again.
    var committedAt: Microseconds = 0
    /// Its work was handed to the log, and when.
    var isSent = false
    var sentAt: Microseconds = 0

    private let serial: Int

    /// - `serial`: another one for each turn; by it a run knows that it was touched already.
    init(_ serial: Int = 0) { self.serial = serial }

    func touches(_ run: CachedRun?) -> Bool { run?.turn == serial }

    mutating func touch(_ run: CachedRun) {
        guard run.turn != serial else { return }
        run.turn = serial
        touched.append(run)
    }
}
