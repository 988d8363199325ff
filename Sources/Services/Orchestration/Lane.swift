import Workflow

/// A lane we own: its checkpoint as we know it, and the positions of what we have decided.
struct Lane {
    let id: Int32
    let epoch: Int64
    let owner: String
    var batch: Int64
    /// The last batch whose work is known to be on the topics.
    var emitted: Int64
    /// What the row says of `emitted`, so that an idle tick writes nothing twice.
    var notedEmitted: Int64
    /// No outbox rows of batches before this one are left; nil: none are left at all.
    var oldestOutbox: Int64? = 0
    /// Next offsets after the last committed turn.
    var position: LanePosition
    var takes: Int32
    var trying: Trying?
    /// Postgres fell back behind the group's offsets: results wait until `flow_runs` has come this far again.
    var catchUp: Int64?
    var lastCommit: Microseconds
    /// Every unfinished run with an earlier `next_check_at` was looked at; and what the row says of that.
    var lookedUntil: Microseconds
    var notedLookedUntil: Microseconds

    init(_ checkpoint: LaneCheckpoint, owner: String) {
        id = checkpoint.lane
        epoch = checkpoint.epoch
        self.owner = owner
        batch = checkpoint.batch
        emitted = checkpoint.emitted
        notedEmitted = checkpoint.emitted
        position = checkpoint.position
        takes = checkpoint.takes
        trying = checkpoint.trying
        lastCommit = checkpoint.updatedAt
        // Clocks of two servers may differ: a little is looked at again.
        lookedUntil = min(checkpoint.lookedUntil, checkpoint.takenAt - 60_000_000)
        notedLookedUntil = checkpoint.lookedUntil
    }

    /// Taken several times, and never held for long: something in it may end its reader.
    var needsCare: Bool { takes >= 2 }

    func fence(position: LanePosition, touched: [Identifier]) -> LaneFence {
        LaneFence(
            lane: id, owner: owner, batch: batch, emitted: emitted, position: position, touched: touched)
    }

    var token: LaneFence { fence(position: position, touched: []) }

    /// Names the last batch whose work is out, so that it can be noted while the next one is on its way.
    var emittedToken: LaneFence {
        var token = token
        token.batch = emitted
        return token
    }

    /// Whether a note of what is out would change anything in the rows.
    func hasToNote(isSteady: Bool) -> Bool {
        if let oldestOutbox, oldestOutbox <= emitted { return true }
        return emitted == batch && notedEmitted < emitted || isSteady && takes > 0
    }

    mutating func noted(isSteady: Bool) {
        notedEmitted = max(notedEmitted, emitted)
        if oldestOutbox != nil { oldestOutbox = emitted == batch ? nil : emitted + 1 }
        if isSteady { takes = 0 }
    }
}
