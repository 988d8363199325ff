/// What comes after a failed attempt.
public enum RetryVerdict: Sendable, Equatable {
    case retry(after: Microseconds)
    case giveUp(GiveUpReason)
}

/// Why there is no further attempt.
public enum GiveUpReason: String, Sendable, CaseIterable {
    /// The failure would come again.
    case permanent
    case cancelled
    case poison
    /// `max_retries` attempts were added to the first.
    case retriesExhausted = "retries_exhausted"
    /// The next attempt would start after the budget of time.
    case budgetSpent = "budget_spent"
}

/// Decides what happens to a task after a failed attempt. Pure: the same arguments always give the same answer.
public enum RetryDecision {
    /// - `attempt`: the one that just failed, counted from 0.
    /// - `attemptBase`: the first attempt that counts; a retry asked for by hand starts a new count.
    /// - `retryAfterMicroseconds`: what the handler asked for; it goes before the policy's wait, up to `maxDelay`.
    /// - `elapsedMicroseconds`: since the task was ready first.
    /// - `jitter`: 0 to 1 out of ``RetryJitter``, so that a replay decides the same.
    public static func decide(
        class errorClass: ErrorClass, attempt: Int, attemptBase: Int, policy: RetryPolicy,
        retryAfterMicroseconds: Microseconds?, elapsedMicroseconds: Microseconds, jitter: Double
    ) -> RetryVerdict {
        if let reason = refusal(errorClass) { return .giveUp(reason) }
        let failures = max(attempt - attemptBase, 0) + 1
        guard failures <= policy.maxRetries else { return .giveUp(.retriesExhausted) }
        let wish = retryAfterMicroseconds.map { min(max(0, $0), policy.maxDelay) }
        let delay = wish ?? policy.delay(after: failures, draw: jitter)
        if let budget = policy.budget {
            let (start, overflowed) = elapsedMicroseconds.addingReportingOverflow(delay)
            guard !overflowed, start <= budget else { return .giveUp(.budgetSpent) }
        }
        return .retry(after: delay)
    }

    private static func refusal(_ errorClass: ErrorClass) -> GiveUpReason? {
        switch errorClass {
        case .transient, .timeout, .workerLost: nil
        case .permanent: .permanent
        case .cancelled: .cancelled
        case .poison: .poison
        }
    }
}
