/// What became of a retry that was handed over.
public enum RetryDelivery: Sendable, Equatable {
    case delivered
    /// Not known to be on its queue.
    case undelivered(String)
    /// The log will never take the message: it is too large for the topic.
    case refused(String)
}

/// The task queues, as a retry worker writes to them. One thread calls everything.
public protocol RetryLog: AnyObject {
    /// Starts publishing; each message is reported once, by its place in the list. One list at a time.
    func publish(_ retries: [ClaimedRetry])
    /// Reports that came, waiting at most `wait` for the first.
    func reports(wait: Microseconds) -> [(place: Int, delivery: RetryDelivery)]
    /// Tells the run's lane that this attempt can never be started.
    func fail(_ retry: ClaimedRetry, because reason: String) -> Bool
    /// What is wrong with reaching the log; nil while nothing is. Looks again when something was.
    func trouble() -> String?
}
