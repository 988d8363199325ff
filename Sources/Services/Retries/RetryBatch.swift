import Workflow

/// Claimed rows on their way: handed over to the log together, removed together once each is reported.
struct RetryBatch {
    let retries: [ClaimedRetry]
    /// When the claim was asked for first.
    let begunAt: Microseconds
    /// When it was asked for last, so that it cannot end earlier than this tells.
    var claimedAt: Microseconds
    var isSent = false
    private(set) var unreported: Set<Int>
    private(set) var delivered: [AttemptKey] = []
    private(set) var undelivered: [AttemptKey] = []

    init(_ retries: [ClaimedRetry], claimedAt: Microseconds) {
        self.retries = retries
        begunAt = claimedAt
        self.claimedAt = claimedAt
        unreported = Set(retries.indices)
    }

    var keys: [AttemptKey] { retries.map(\.key) }

    /// False for a report that came twice.
    mutating func report(_ place: Int, _ isDelivered: Bool) -> Bool {
        guard unreported.remove(place) != nil else { return false }
        if isDelivered { delivered.append(retries[place].key) } else { undelivered.append(retries[place].key) }
        return true
    }

    mutating func forgetUndelivered() { undelivered = [] }
    mutating func forgetDelivered() { delivered = [] }
}
