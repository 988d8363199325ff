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
    private(set) var touched: [Identifier] = []
    private var isTouched: Set<Identifier> = []
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

    func touches(_ id: Identifier) -> Bool { isTouched.contains(id) }

    mutating func touch(_ id: Identifier) {
        if isTouched.insert(id).inserted { touched.append(id) }
    }
}
