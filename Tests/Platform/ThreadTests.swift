import Testing

@testable import Platform

@Suite struct ThreadTests {
    @Test func `a pool runs what it took, refuses what is too much, and ends in order`() {
        let gate = Monitor(false)
        let done = Counter()
        let pool = ThreadPool("pool", threads: 2, queueLimit: 3)
        let answers = (0..<7).map { _ in
            pool.submit {
                _ = gate.wait(within: .seconds(10)) { $0 ? true : nil }
                done.add()
            }
        }
        #expect(answers == [true, true, true, true, true, false, false])
        #expect(!pool.stop(within: .milliseconds(10)))
        gate.update { $0 = true }
        #expect(pool.stop(within: .seconds(10)))
        #expect(done.value == 5)
        #expect(!pool.submit {})
    }

    @Test func `a thread has its name and a stack for deep recursion`() {
        let name = Monitor("")
        let thread = NamedThread("a-name-that-is-far-too-long") {
            let text = SmallFile.text("/proc/thread-self/comm") ?? ""
            name.withLock { $0 = text }
            _ = descend(20_000)
        }
        #expect(thread.wait(within: .seconds(10)))
        #expect(name.withLock { $0 } == "a-name-that-is-\n")
    }

    @Test func `waiting with a limit gives up in time`() {
        let clock = ContinuousClock()
        let began = clock.now
        let found: Bool? = Monitor(0).wait(within: .milliseconds(30)) { _ in nil }
        #expect(found == nil)
        #expect(clock.now - began >= .milliseconds(29))
    }
}

/// About 300 bytes of stack for each level.
@inline(never)
private func descend(_ depth: Int) -> Int {
    var space = (depth, depth, depth, depth, depth, depth, depth, depth)
    withUnsafeMutableBytes(of: &space) { $0[0] = UInt8(truncatingIfNeeded: depth) }
    return depth == 0 ? space.0 : descend(depth - 1) + space.1
}
