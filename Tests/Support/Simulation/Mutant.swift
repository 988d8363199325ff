/// A deliberate bug in the protocol. The simulator has to notice each of them; otherwise one of its invariants is dead.
package enum Mutant: String, CaseIterable, Sendable {
    /// Work goes out before its facts are committed.
    case publishBeforeCommit = "publish-before-commit"
    /// A turn commits whoever owns its lanes.
    case noFence = "no-fence"
    /// The fence moves the lanes it may, and lets the rest of the transaction through.
    case fenceDoesNotAbort = "fence-does-not-abort"
    /// The fence asks which process took the lane, not by which take, nor at which batch.
    case oneTokenPerProcess = "one-token-per-process"
    /// A checkpoint takes what was received for what was decided.
    case consumerPosition = "consumer-position"
    /// The mirror is written before the commit.
    case mirrorFirst = "mirror-first"
    /// The mirror takes older states too.
    case mirrorWithoutVersion = "mirror-without-version"
    /// An executor commits offsets past a task that is not finished.
    case executorCommitsPast = "executor-commits-past"
    /// A failure counts whatever attempt it names.
    case staleAttempt = "stale-attempt"
    /// The runs of a batch are not written into its checkpoint.
    case touchedForgotten = "touched-forgotten"
    /// A batch counts as emitted when it was handed over, before its delivery reports.
    case emittedTooEarly = "emitted-too-early"
    /// What cannot be derived from rows is published, and not recorded.
    case noOutbox = "no-outbox"
    /// Memory keeps what a refused turn did.
    case memoryKept = "memory-kept"
    /// Whoever takes a lane believes that its last batch was published.
    case nothingRepublished = "nothing-republished"
    /// An unknown commit is taken for a good one.
    case unknownMeansCommitted = "unknown-means-committed"
    /// A retry worker claims rows that somebody holds: no SKIP LOCKED, no look at the claim.
    case claimsTwice = "claims-twice"
    /// A retry worker removes rows when it claims them, before they are on the queue.
    case removedAtClaim = "removed-at-claim"
    /// A retry that was reported as not delivered counts as delivered.
    case undeliveredForgotten = "undelivered-forgotten"
    /// Pausing a run leaves its retry rows due.
    case pauseLeavesRetries = "pause-leaves-retries"
    /// Closing a task leaves its retry row.
    case closedKeepsRetry = "closed-keeps-retry"
    /// Handing a task back counts as a failed attempt.
    case handBackCounts = "hand-back-counts"
    /// Word that a task is held counts for whatever attempt is current.
    case holdForgetsAttempt = "hold-forgets-attempt"
    /// A held task counts as lost as soon as its time is up, without reading on first.
    case lostWithoutReading = "lost-without-reading"
    /// What may end an executor is started without a trace of it in the log.
    case namesNotCommitted = "names-not-committed"
    /// One look instead of two: what is out is dispatched again without waiting for the executors.
    case oneLook = "one-look"
    /// Who takes a lane believes that everything was looked at.
    case looksSkipped = "looks-skipped"
    /// A drainer commits what it has read, before it is kept.
    case lettersCommittedEarly = "letters-committed-early"
    /// A campaign's items are sent without being marked as sent.
    case itemsNotMarked = "items-not-marked"
    /// A breaker that closes leaves parked what it had parked.
    case parkedForgotten = "parked-forgotten"
    /// Only runs remember what they refused, and ended ones don't.
    case refusalsForgotten = "refusals-forgotten"
    /// A result in a segment counts whatever it was made from.
    case segmentSkipsCheck = "segment-skips-check"
    /// A segment goes on although its run was cancelled.
    case segmentFollowsCancel = "segment-follows-cancel"
    /// The rows do not keep that an executor goes on.
    case segmentForgotten = "segment-forgotten"
    /// Results of a segment do not wait for those before them.
    case segmentSettlesEarly = "segment-settles-early"
    /// A stage retry is made from its parent as it was read, whatever became of it since.
    case parentNotAsked = "parent-not-asked"
    /// Nothing in the rows keeps two retries of a run from being live at once.
    case twoLiveRetries = "two-live-retries"
    /// The end of a run is recorded without what couriers owe for it.
    case endNotOwed = "end-not-owed"
}
