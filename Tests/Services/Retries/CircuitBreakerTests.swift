import Testing
import Workflow

@Suite struct CircuitBreakerTests {
    private static func reading(
        _ state: BreakerState, age: Microseconds = 0, openings: Int = 1, waveSize: Int = 0,
        recent: OutcomeCount = OutcomeCount(), wave: OutcomeCount = OutcomeCount()
    ) -> BreakerReading {
        BreakerReading(
            handler: "http", tenantID: "acme", state: state, version: 1, age: age, openings: openings,
            waveSize: waveSize, recent: recent, wave: wave)
    }
    private static func decide(_ reading: BreakerReading) -> BreakerVerdict {
        CircuitBreaker.decide(reading, BreakerPolicy())
    }

    @Test func `it opens when enough attempts failed and they are half of all`() {
        let cases: [(OutcomeCount, BreakerVerdict)] = [
            (OutcomeCount(), .stay), (OutcomeCount(failed: 19), .stay), (OutcomeCount(failed: 20), .open),
            (OutcomeCount(succeeded: 20, failed: 20), .open), (OutcomeCount(succeeded: 21, failed: 20), .stay),
            (OutcomeCount(succeeded: 1_000, failed: 900), .stay),
        ]
        for (recent, verdict) in cases {
            let given = Self.decide(Self.reading(.closed, recent: recent))
            #expect(given == verdict, "\(recent)")
        }
    }

    @Test func `canaries go after a rest that doubles with each opening`() {
        #expect(Self.decide(Self.reading(.open, age: 29_999_999)) == .stay)
        #expect(Self.decide(Self.reading(.open, age: 30_000_000)) == .wave(3))
        #expect(Self.decide(Self.reading(.open, age: 59_999_999, openings: 2)) == .stay)
        #expect(Self.decide(Self.reading(.open, age: 60_000_000, openings: 2)) == .wave(3))
        #expect(CircuitBreaker.rest(after: 40, BreakerPolicy()) == 600_000_000)
    }

    @Test func `a wave decides what comes after it`() {
        let cases: [(OutcomeCount, Int, Microseconds, BreakerVerdict)] = [
            (OutcomeCount(), 3, 0, .close), (OutcomeCount(pending: 3), 3, 0, .stay),
            (OutcomeCount(failed: 2, pending: 1), 3, 0, .open), (OutcomeCount(failed: 1, pending: 2), 3, 0, .stay),
            (OutcomeCount(succeeded: 3), 3, 0, .wave(12)), (OutcomeCount(succeeded: 2), 3, 0, .close),
            (OutcomeCount(succeeded: 2, failed: 1), 3, 0, .wave(12)),
            (OutcomeCount(succeeded: 500), 500, 0, .wave(1_000)),
            (OutcomeCount(failed: 1, pending: 2), 3, 60_000_000, .open),
            (OutcomeCount(succeeded: 1, pending: 2), 3, 60_000_000, .wave(12)),
        ]
        for (wave, size, age, verdict) in cases {
            let given = Self.decide(Self.reading(.probing, age: age, waveSize: size, wave: wave))
            #expect(given == verdict, "\(wave) of \(size)")
        }
    }

    @Test func `slow is not failed, and who was cancelled says nothing`() {
        let cases: [(OutcomeCount, Microseconds, BreakerVerdict)] = [
            (OutcomeCount(pending: 3), 60_000_000, .stay), (OutcomeCount(pending: 3), 599_999_999, .stay),
            (OutcomeCount(pending: 3), 600_000_000, .wave(3)), (OutcomeCount(voided: 3), 0, .wave(3)),
            (OutcomeCount(pending: 1, voided: 2), 0, .stay), (OutcomeCount(succeeded: 1, voided: 2), 0, .wave(12)),
            (OutcomeCount(failed: 1, voided: 2), 0, .open), (OutcomeCount(succeeded: 1, voided: 1), 0, .close),
        ]
        for (wave, age, verdict) in cases {
            let given = Self.decide(Self.reading(.probing, age: age, waveSize: 3, wave: wave))
            #expect(given == verdict, "\(wave)")
        }
    }

    @Test func `an exempt handler has none, and what is open is closed`() {
        var policy = BreakerPolicy()
        policy.exempt = ["http"]
        let failing = Self.reading(.closed, recent: OutcomeCount(failed: 1_000))
        #expect(CircuitBreaker.decide(failing, policy) == .stay)
        #expect(CircuitBreaker.decide(Self.reading(.open), policy) == .close)
        policy = BreakerPolicy()
        policy.isOff = true
        #expect(CircuitBreaker.decide(failing, policy) == .stay)
    }
}
