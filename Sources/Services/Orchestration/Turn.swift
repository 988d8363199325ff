import Workflow

/// One turn: what was decided from a prefix of the inbox, on its way into Postgres and onto the topics.
struct Turn {
    /// Leading records of the inbox that this turn decided.
    var records = 0
    var fences: [LaneFence] = []
    var decision = Decision()
    var touched: Set<Identifier> = []
    var ended: [Identifier: RunStatus] = [:]
    /// Monotonic time just before the commit; publishing long after it asks for the token again.
    var committedAt: Microseconds = 0
    /// Its work was handed to the log.
    var isSent = false
}
