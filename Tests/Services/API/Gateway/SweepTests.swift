import Platform
import Testing
import Workflow

@testable import API

/// What outlives its time.
@Suite struct SweepTests {
    private final class Rows: AnswerKeeping, SessionKeeping {
        var oldAnswers = 0
        var kept: [Int] = []
        var isAway = false

        func claim(
            _ name: AnswerName, bodyHash: [UInt8], seed: String, seconds: Int
        ) throws(AccessFailure) -> AnswerClaim { .busy }

        func keep(_ answer: KeptAnswer, as name: AnswerName) throws(AccessFailure) {}
        func release(_ name: AnswerName) throws(AccessFailure) {}
        func open(_ session: SessionDraft, _ wish: Wish) throws(AccessFailure) -> Bool { true }
        func close(_ id: String, _ wish: Wish) throws(AccessFailure) -> Bool { true }

        func sweep() throws(AccessFailure) -> Int {
            if isAway { throw AccessFailure(.unreachable, "no answer") }
            let swept = min(oldAnswers, 10_000)
            oldAnswers -= swept
            return swept
        }

        func sweep(keepSeconds: Int) throws(AccessFailure) -> SessionSweep {
            kept.append(keepSeconds)
            return SessionSweep(closed: 2, forgotten: 1)
        }
    }

    @Test func `a round removes all old answers and then looks at the sessions`() {
        let rows = Rows()
        rows.oldAnswers = 25_000
        let service = SweepService(
            answers: rows, sessions: rows, keepSeconds: 60, log: .silent)
        #expect(service.step() == .rest(.seconds(300)))
        #expect(rows.oldAnswers == 0 && rows.kept == [60])
    }

    @Test func `a round without Postgres is made up for by the next, and a stop ends it`() {
        let rows = Rows()
        (rows.oldAnswers, rows.isAway) = (5, true)
        let service = SweepService(
            answers: rows, sessions: rows, keepSeconds: 60, log: .silent)
        _ = service.step()
        rows.isAway = false
        _ = service.step()
        service.beginStop()
        #expect(rows.oldAnswers == 0 && rows.kept == [60])
        #expect(service.step() == .finished)
    }
}
