import Testing

@testable import Postgres

/// The decision between refused and unknown, case by case.
struct PipelineLedgerTests {
    private let loss = PostgresError.lost("gone")
    private let mistake = PostgresError(code: "23505", message: "duplicate key")

    private func ledger(_ steps: (inout PipelineLedger) -> Void) -> PipelineLedger {
        var ledger = PipelineLedger()
        ledger.begin()
        ledger.prepared("s")
        ledger.executed()
        ledger.executed()
        steps(&ledger)
        return ledger
    }

    @Test func `lost while statements go out is refused`() {
        let ended = ledger { $0.lost(loss) }
        #expect(ended.outcome?.refusal?.code == loss.code && ended.phase == .ended)
    }

    @Test func `lost with a part of the Sync unwritten is refused`() {
        let ended = ledger {
            $0.synced()
            $0.lost(loss)
        }
        #expect(ended.outcome?.refusal?.isConnection == true)
    }

    @Test func `lost with the Sync written is unknown`() {
        let ended = ledger {
            $0.synced()
            $0.flushed()
            $0.lost(loss)
        }
        #expect(ended.outcome?.doubt?.isConnection == true && ended.outcome?.doubt?.statement == 0)
    }

    @Test func `an error before the loss makes it refused`() {
        let ended = ledger {
            $0.synced()
            $0.flushed()
            $0.failed(mistake)
            $0.lost(loss)
        }
        #expect(ended.outcome?.refusal?.code == mistake.code)
    }

    @Test func `the first error is the one that counts, and the ready server ends it`() {
        let ended = ledger {
            $0.synced()
            $0.flushed()
            $0.failed(mistake)
            $0.skipped()
            $0.skipped()
            #expect($0.isUnderWay)
            $0.failed(loss)
            $0.answered()
            $0.lost(loss)
        }
        #expect(ended.outcome?.refusal?.code == mistake.code && !ended.isUnderWay)
    }

    @Test func `an answer makes it committed, and nothing after changes that`() {
        let ended = ledger {
            $0.synced()
            $0.flushed()
            $0.answered()
            $0.lost(loss)
        }
        #expect(ended.outcome?.results?.isEmpty == true)
    }

    @Test func `a statement is prepared once in a pipeline`() {
        let ledger = ledger { _ in }
        #expect(ledger.isPreparing("s") && !ledger.isPreparing("t"))
    }

    @Test func `times between the two epochs keep their order at the ends`() {
        #expect(PostgresTime.wire(0) == -946_684_800_000_000 && PostgresTime.unix(PostgresTime.wire(7)) == 7)
        #expect(
            PostgresTime.wire(.max) == .max && PostgresTime.wire(.min) == .min && PostgresTime.wire(.min + 1) == .min)
        #expect(PostgresTime.unix(.max) == .max && PostgresTime.unix(.min) == .min)
    }
}
