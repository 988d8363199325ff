import Testing

@testable import Stores

/// When a pool counts as stalled: something waits, and nothing is taken.
@Suite struct PoolStallTests {
    private let start = ContinuousClock.now
    private func sight(_ waiting: Int64, _ taken: Int64) -> PoolSight { PoolSight(waiting: waiting, taken: taken) }

    @Test func `a pool stalls from the first look at which nothing was taken`() {
        var stall = PoolStall()
        #expect(stall.judge(sight(3, 10), at: start) == .zero)
        #expect(stall.judge(sight(5, 10), at: start + .seconds(10)) == .seconds(10))
        #expect(stall.judge(sight(5, 10), at: start + .seconds(40)) == .seconds(40))
    }

    @Test func `a task that is taken ends the stall, and so does a queue that is empty`() {
        var stall = PoolStall()
        _ = stall.judge(sight(3, 10), at: start)
        #expect(stall.judge(sight(3, 11), at: start + .seconds(10)) == .zero)
        #expect(stall.judge(sight(3, 11), at: start + .seconds(20)) == .seconds(10))
        #expect(stall.judge(sight(0, 14), at: start + .seconds(30)) == .zero)
        #expect(stall.judge(sight(1, 14), at: start + .seconds(40)) == .zero)
    }
}
