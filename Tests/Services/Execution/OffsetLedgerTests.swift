import Testing
import Workflow

@testable import Execution

@Suite struct OffsetLedgerTests {
    @Test func `the base moves over what is finished without a gap`() {
        var ledger = OffsetLedger(base: 10)
        let arrivals = (Int64(10)...14).map { ledger.receive($0) }
        #expect(arrivals.allSatisfy { $0 == .fresh })
        ledger.finish(11)
        ledger.finish(12)
        #expect(ledger.base == 10)
        ledger.finish(10)
        #expect(ledger.base == 13)
        ledger.finish(14)
        #expect(ledger.base == 13)
        ledger.finish(13)
        #expect(ledger.base == 15)
        #expect(ledger.isSettled)
    }

    @Test func `an offset that was never received is not finished`() {
        var ledger = OffsetLedger(base: 0)
        ledger.finish(0)
        #expect(ledger.base == 0)
        #expect(ledger[0] == .unfinished)
    }

    @Test func `offsets that hold no record are passed over`() {
        var ledger = OffsetLedger(base: 0)
        let first = ledger.receive(3)
        #expect(first == .fresh)
        #expect(ledger.base == 3)
        let second = ledger.receive(7)
        #expect(second == .fresh)
        ledger.finish(3)
        #expect(ledger.base == 7)
    }

    @Test func `a record beyond the window waits unless nothing is unfinished`() {
        var ledger = OffsetLedger(base: 0)
        _ = ledger.receive(0)
        #expect(ledger.admits(999))
        #expect(!ledger.admits(1_000))
        ledger.finish(0)
        #expect(ledger.admits(1_000))
        #expect(ledger.admits(5_000_000))
        let far = ledger.receive(5_000_000)
        #expect(far == .fresh)
        #expect(ledger.base == 5_000_000)
    }

    @Test func `a record that comes twice is finished business`() {
        var ledger = OffsetLedger(base: 0)
        _ = ledger.receive(0)
        let again = ledger.receive(0)
        #expect(again == .finished)
        #expect(ledger.base == 0)
    }

    @Test func `a record below everything known starts the ledger again`() {
        var ledger = OffsetLedger(base: 500)
        _ = ledger.receive(500)
        let early = ledger.receive(2)
        #expect(early == .restarted)
        #expect(ledger.base == 2)
        ledger.finish(2)
        #expect(ledger.base == 3)
    }

    @Test func `the next owner does not run what was finished`() {
        var ledger = OffsetLedger(base: 100)
        for offset in Int64(100)..<200 { _ = ledger.receive(offset) }
        for offset in stride(from: Int64(101), to: 200, by: 2) { ledger.finish(offset) }
        var next = OffsetLedger(base: ledger.base, metadata: ledger.metadata(clean: true)[...])
        for offset in Int64(100)..<200 {
            let arrival = next.receive(offset)
            #expect(arrival == (offset % 2 == 0 ? .fresh : .finished))
        }
    }

    @Test func `a whole window fits into four hundred bytes of metadata and comes back`() {
        var ledger = OffsetLedger(base: 0)
        for offset in Int64(0)..<1_000 { _ = ledger.receive(offset) }
        for offset in Int64(1)..<1_000 { ledger[offset] = [.finished, .namedOnce, .namedTwice][Int(offset % 3)] }
        ledger.finish(999)
        let metadata = ledger.metadata(clean: false)
        #expect(metadata.count < 400)
        let copy = OffsetLedger(base: 0, metadata: metadata[...])
        let isSame = (Int64(0)..<1_000).allSatisfy { copy[$0] == ledger[$0] }
        #expect(isSame)
        #expect(!OffsetLedger.isClean(metadata[...]))
        #expect(OffsetLedger.isClean(ledger.metadata(clean: true)[...]))
    }

    @Test(arguments: [
        "", "1", "2c", "1x", "1cA", "1cAB=C", "1c====", "1c!!!!", "flowfleet",
        "1c" + String(repeating: "A", count: 400),
        "1cAB==",
    ])
    func `metadata that cannot be read means nothing finished`(text: String) {
        let metadata = Array(text.utf8)
        #expect(OffsetLedger(base: 7, metadata: metadata[...]) == OffsetLedger(base: 7))
        #expect(!OffsetLedger.isClean(metadata[...]))
    }

    @Test func `damaged metadata never traps`() {
        var random = SeededRandom.fresh()
        for _ in 0..<5_000 {
            var metadata = OffsetLedger(base: 0).metadata(clean: true) + Base64.encode(random.bytes(upTo: 260)[...])
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                metadata[Int.random(in: metadata.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let ledger = OffsetLedger(base: 3, metadata: metadata[...])
            #expect(ledger.base == 3, "seed \(random.seed)")
        }
    }

    @Test func `base64 of random bytes comes back`() {
        var random = SeededRandom.fresh()
        for _ in 0..<2_000 {
            let bytes = random.bytes(upTo: 64)
            let copy = Base64.decode(Base64.encode(bytes[...])[...])
            #expect(copy == bytes, "seed \(random.seed)")
        }
    }

    @Test func `a random life equals a plain set of finished offsets`() {
        var random = SeededRandom.fresh()
        for _ in 0..<20 {
            var life = Life()
            for _ in 0..<2_000 { life.live(&random) }
        }
    }
}

/// One partition: records come with holes, end in any order, and now and then another owner goes on.
private struct Life {
    var ledger = OffsetLedger(base: 0)
    var next: Int64 = 0
    var open: [Int64] = []
    var ended: Set<Int64> = []

    mutating func live(_ random: inout SeededRandom) {
        switch Int.random(in: 0..<1_000, using: &random) {
        case 0..<500: receive(hole: Int.random(in: 0..<20, using: &random) == 0 ? 3 : 0, random.seed)
        case 500..<998: finish(&random)
        default:
            ledger = OffsetLedger(base: ledger.base, metadata: ledger.metadata(clean: true)[...])
            next = ledger.base
            open = []
        }
        let lowest = open.min() ?? next
        #expect(ledger.base == lowest, "seed \(random.seed)")
    }

    private mutating func receive(hole: Int64, _ seed: UInt64) {
        let offset = next + hole
        guard ledger.admits(offset) else { return }
        for skipped in next..<offset { ended.insert(skipped) }
        next = offset + 1
        let arrival = ledger.receive(offset)
        #expect((arrival == .finished) == ended.contains(offset), "seed \(seed)")
        if arrival == .fresh { open.append(offset) }
    }

    private mutating func finish(_ random: inout SeededRandom) {
        guard let index = open.indices.randomElement(using: &random) else { return }
        let offset = open.remove(at: index)
        ended.insert(offset)
        ledger.finish(offset)
    }
}
