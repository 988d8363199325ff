import Testing

@testable import Workflow

@Suite struct RetryDecisionTests {
    static func decide(
        _ errorClass: ErrorClass = .transient, attempt: Int = 0, base: Int = 0, _ policy: RetryPolicy = RetryPolicy(),
        retryAfter: Microseconds? = nil, elapsed: Microseconds = 0, jitter: Double = 0.5
    ) -> RetryVerdict {
        RetryDecision.decide(
            class: errorClass, attempt: attempt, attemptBase: base, policy: policy, retryAfterMicroseconds: retryAfter,
            elapsedMicroseconds: elapsed, jitter: jitter)
    }

    @Test func `by default attempts start at 0, 10, 40 and 130 seconds`() {
        #expect(
            (0...4).map { Self.decide(attempt: $0) } == [
                .retry(after: 10_000_000), .retry(after: 30_000_000), .retry(after: 90_000_000),
                .giveUp(.retriesExhausted), .giveUp(.retriesExhausted),
            ])
    }

    @Test func `each class has its answer`() {
        let answers: [ErrorClass: RetryVerdict] = [
            .transient: .retry(after: 10_000_000), .timeout: .retry(after: 10_000_000),
            .workerLost: .retry(after: 10_000_000), .permanent: .giveUp(.permanent), .cancelled: .giveUp(.cancelled),
            .poison: .giveUp(.poison),
        ]
        for errorClass in ErrorClass.allCases { #expect(Self.decide(errorClass) == answers[errorClass]) }
    }

    @Test func `no retries means none`() {
        #expect(Self.decide(RetryPolicy(maxRetries: 0)) == .giveUp(.retriesExhausted))
    }

    private static func decide(_ policy: RetryPolicy, retryAfter: Microseconds? = nil) -> RetryVerdict {
        decide(.transient, policy, retryAfter: retryAfter)
    }

    @Test func `the last delay repeats`() {
        let policy = RetryPolicy(maxRetries: 100, delays: [1, 2])
        #expect([0, 1, 2, 99].map { Self.decide(attempt: $0, policy) } == [1, 2, 2, 2].map { .retry(after: $0) })
    }

    @Test func `exponential waits grow up to their limit`() {
        let policy = RetryPolicy(maxRetries: 1_000, delays: [], first: 1_000_000, base: 2, maxDelay: 60_000_000)
        let waits: [RetryVerdict] = [1, 2, 4, 8, 16, 32, 60, 60].map { .retry(after: $0 * 1_000_000) }
        #expect((0..<8).map { Self.decide(attempt: $0, policy) } == waits)
        #expect(Self.decide(attempt: 999, policy) == .retry(after: 60_000_000))
    }

    @Test func `a first wait beyond the limit is the limit`() {
        let policy = RetryPolicy(delays: [], first: 400_000_000)
        #expect(Self.decide(.transient, policy) == .retry(after: 300_000_000))
    }

    @Test func `a wait spreads to both sides`() {
        let policy = RetryPolicy(delays: [1_000_000], jitter: 0.2)
        #expect(Self.decide(.transient, policy, jitter: 0) == .retry(after: 800_000))
        #expect(Self.decide(.transient, policy, jitter: 0.5) == .retry(after: 1_000_000))
        #expect(Self.decide(.transient, policy, jitter: 1) == .retry(after: 1_200_000))
    }

    @Test func `what the handler asks for goes before the policy`() {
        #expect(Self.decide(retryAfter: 2_000_000) == .retry(after: 2_000_000))
        #expect(Self.decide(retryAfter: -5) == .retry(after: 0))
        #expect(Self.decide(retryAfter: 86_400_000_000) == .retry(after: 300_000_000))
        #expect(Self.decide(RetryPolicy(maxDelay: 1_000), retryAfter: 2_000) == .retry(after: 1_000))
        #expect(Self.decide(attempt: 3, retryAfter: 2_000_000) == .giveUp(.retriesExhausted))
        #expect(Self.decide(.permanent, retryAfter: 2_000_000) == .giveUp(.permanent))
    }

    @Test func `a budget ends attempts that would start after it`() {
        let policy = RetryPolicy(delays: [10_000_000], budget: 60_000_000)
        #expect(Self.decide(.transient, policy, elapsed: 50_000_000) == .retry(after: 10_000_000))
        #expect(Self.decide(.transient, policy, elapsed: 50_000_001) == .giveUp(.budgetSpent))
        #expect(Self.decide(.transient, policy, retryAfter: .max, elapsed: 1) == .giveUp(.budgetSpent))
    }

    @Test func `a retry asked for by hand counts afresh while numbers go on`() {
        #expect(Self.decide(attempt: 4, base: 4) == .retry(after: 10_000_000))
        #expect(Self.decide(attempt: 6, base: 4) == .retry(after: 90_000_000))
        #expect(Self.decide(attempt: 7, base: 4) == .giveUp(.retriesExhausted))
    }

    @Test func `draws are the same for the same attempt and spread evenly over all`() {
        #expect(
            RetryJitter.draw(runID: "r", taskID: "t", attempt: 1)
                == RetryJitter.draw(runID: "r", taskID: "t", attempt: 1))
        var buckets = [Int](repeating: 0, count: 10)
        for number in 0..<10_000 {
            let draw = RetryJitter.draw(runID: Identifier("run-\(number / 4)"), taskID: "t", attempt: number % 4)
            #expect(draw >= 0 && draw < 1)
            buckets[Int(draw * 10)] += 1
        }
        #expect(buckets.allSatisfy { (850...1_150).contains($0) }, "\(buckets)")
        #expect(
            RetryJitter.draw(runID: "a", taskID: "bc", attempt: 0)
                != RetryJitter.draw(runID: "ab", taskID: "c", attempt: 0))
    }
}
