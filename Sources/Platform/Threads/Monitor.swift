internal import Glibc

/// A value behind a lock, with waiting: the one place that touches pthread's condition variables.
///
/// Several threads may use it. Waiting uses the monotonic clock. Never call anything slow, or another monitor, inside.
public final class Monitor<State: Sendable>: @unchecked Sendable {
    private var state: State
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    public init(_ state: State) {
        self.state = state
        mutex.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs the body with the state, alone.
    public func withLock<Result, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    /// Changes the state and wakes every thread that waits for it.
    public func update<Result>(_ body: (inout State) -> Result) -> Result {
        let result = withLock(body)
        pthread_cond_broadcast(condition)
        return result
    }

    /// Changes the state and wakes one thread that waits for it: enough where any of them will do.
    public func updateOne<Result>(_ body: (inout State) -> Result) -> Result {
        let result = withLock(body)
        pthread_cond_signal(condition)
        return result
    }

    /// Waits until `take` gives a value, at most `limit` (nil: for ever); then nil.
    public func wait<Result>(
        within limit: Duration?, _ take: (inout State) -> Result?
    ) -> Result? {
        let deadline = limit.map { timespec(monotonicNow: $0) }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = take(&state) { return result }
            guard var deadline else {
                pthread_cond_wait(condition, mutex)
                continue
            }
            if pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT { return take(&state) }
        }
    }
}

extension timespec {
    /// The moment `duration` from now on the monotonic clock.
    init(monotonicNow duration: Duration) {
        let (sum, overflow) = SystemTime().monotonic.addingReportingOverflow(max(0, duration.nanoseconds))
        let moment = overflow ? Int64.max : sum
        self.init(tv_sec: Int(moment / 1_000_000_000), tv_nsec: Int(moment % 1_000_000_000))
    }
}
