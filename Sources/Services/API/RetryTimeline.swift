public import Workflow

/// When the attempts of a task start, in seconds after the first, if each of them fails at once and may be retried.
///
/// Spread (`jitter`) is left out: the times are those in the middle.
public struct RetryTimeline: Equatable, Sendable {
    public let taskID: String
    public let handler: String
    public let pool: String
    public let attemptsAt: [Double]

    public static func all(of flow: Flow) -> [RetryTimeline] {
        flow.order.map { RetryTimeline(flow.tasks[$0]) }
    }

    public init(_ task: FlowTask) {
        taskID = task.id.description
        handler = task.handler.description
        pool = task.pool.description
        attemptsAt = RetryTimeline.starts(task.retry)
    }

    private static func starts(_ policy: RetryPolicy) -> [Double] {
        var starts: [Int64] = [0]
        while true {
            let elapsed = starts[starts.count - 1]
            let verdict = RetryDecision.decide(
                class: .transient, attempt: starts.count - 1, attemptBase: 0, policy: policy,
                retryAfterMicroseconds: nil, elapsedMicroseconds: elapsed, jitter: 0.5)
            guard case .retry(let delay) = verdict, starts.count < 10_000 else { break }
            starts.append(elapsed + delay)
        }
        return starts.map { Double($0) / 1_000_000 }
    }

    /// Whole seconds without a fraction, others with as many digits as they need.
    public static func text(_ seconds: Double) -> String {
        seconds == seconds.rounded() && seconds < 1e15 ? String(Int(seconds)) : String(seconds)
    }
}
