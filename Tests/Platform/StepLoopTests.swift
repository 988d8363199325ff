import Testing

@testable import Platform

@Suite struct StepLoopTests {
    /// Steps on until it is told to stop, then takes as many further steps as it was made with.
    private final class Service: StepService {
        let steps: Counter
        let told: Counter
        let outcome: StepOutcome
        var left: Int
        var isStopping = false

        init(_ steps: Counter, _ told: Counter, _ outcome: StepOutcome, left: Int) {
            (self.steps, self.told, self.outcome, self.left) = (steps, told, outcome, left)
        }

        func step() -> StepOutcome {
            steps.add()
            guard isStopping else { return outcome }
            left -= 1
            return left <= 0 ? .finished : .again
        }

        func beginStop() {
            told.add()
            isStopping = true
        }
    }

    @Test func `a stopped loop tells its service once and lets it finish`() {
        let (steps, told) = (Counter(), Counter())
        let loop = StepLoop("loop") { Service(steps, told, .again, left: 5) }
        loop.stop()
        loop.stop()
        #expect(loop.wait(within: .seconds(10)))
        #expect(told.value == 1)
        #expect(steps.value >= 5)
        #expect(loop.hasEnded && !loop.heartbeat.isStuck)
    }

    @Test func `a stop ends a long rest`() {
        let (steps, told) = (Counter(), Counter())
        let loop = StepLoop("loop") { Service(steps, told, .rest(.seconds(3600)), left: 1) }
        #expect(!loop.wait(within: .milliseconds(20)))
        loop.stop()
        #expect(loop.wait(within: .seconds(10)))
    }

    @Test func `a wake ends a long rest`() {
        let (steps, told) = (Counter(), Counter())
        let loop = StepLoop("loop") { Service(steps, told, .rest(.seconds(3600)), left: 1) }
        var wakes = 0
        while steps.value < 3, wakes < 1000 {
            loop.wake()
            wakes += 1
            _ = loop.wait(within: .milliseconds(5))
        }
        #expect(steps.value >= 3)
        loop.stop()
        #expect(loop.wait(within: .seconds(10)))
    }

    @Test func `a service that never finishes does not hold whoever waits`() {
        let (steps, told) = (Counter(), Counter())
        let loop = StepLoop("loop") { Service(steps, told, .rest(.milliseconds(1)), left: .max) }
        loop.stop()
        #expect(!loop.wait(within: .milliseconds(30)))
    }

    @Test func `a stop wish is heard by all, also by those who come late`() {
        let stop = StopSignal()
        let heard = Counter()
        stop.onRequest { heard.add() }
        #expect(!stop.wait(within: .milliseconds(1)))
        stop.request("test")
        stop.request("again")
        stop.onRequest { heard.add() }
        #expect(stop.wait())
        #expect(heard.value == 2)
        #expect(stop.reason == "test")
    }
}
