import JSON
import Platform
import Testing
import Workflow

@testable import DeadLetters

@Suite struct DrainerTests {
    private let log = TwinLetterLog()
    private let store = TwinLetterStore()
    private let drainer: Drainer

    init() {
        drainer = Drainer(
            .init(
                log: log, store: store, time: TwinTime(), metrics: DrainerMetrics(MetricsRegistry()),
                health: Health("test", needs: ["kafka", "postgres"]), journal: .silent), topic: "dlq")
    }

    private func letter(_ id: String, _ offset: Int64, partition: Int32 = 0) -> LetterRecord {
        let value = Array(#"{"message_id":"\#(id)","kind":"task","run_id":"r","task_id":"t","attempts":1}"#.utf8)
        return LetterRecord(partition: partition, offset: offset, value: value[...], time: 5)
    }

    @Test func `letters are kept first, then their positions are committed`() {
        log.arrive([letter("a", 3), letter("b", 9, partition: 1), letter("c", 4)])
        drainer.step()
        #expect(store.ids == ["a", "b", "c"])
        #expect(log.committed == [[.init(partition: 0, next: 5), .init(partition: 1, next: 10)]])
        #expect(drainer.pendingCount == 0)
    }

    @Test func `a store that is away keeps the batch waiting, and nothing is committed`() {
        log.arrive([letter("a", 0)])
        store.failures = [.away("gone"), .away("gone")]
        drainer.step()
        #expect(store.ids == [] && log.committed == [] && drainer.pendingCount == 1)
        drainer.step()
        drainer.step()
        #expect(store.ids == ["a"] && log.committed.count == 1)
    }

    @Test func `a record that slips in while the store is away is kept as well`() {
        log.arrive([letter("a", 0)])
        store.failures = [.away("gone")]
        log.next = [letter("b", 1)]
        drainer.step()
        drainer.step()
        #expect(store.ids == ["a", "b"])
        #expect(log.committed == [[.init(partition: 0, next: 2)]])
    }

    @Test func `a letter that the store refuses is found, and kept as the bytes it came in`() {
        log.arrive((0..<9).map { letter("m\($0)", Int64($0)) })
        store.refuses = "m5"
        drainer.step()
        #expect(Set(store.ids) == Set((0..<9).filter { $0 != 5 }.map { "m\($0)" } + ["dl/dlq/0/5"]))
        let kept = store.letters.first { $0.letter.messageID == Array("dl/dlq/0/5".utf8) }
        #expect(kept?.letter.value == letter("m5", 5).value)
        #expect(kept?.letter.kind == .record)
    }

    @Test func `an error type that the letter does not tell is asked for, and is part of the fingerprint`() {
        store.types = [Array("HTTP 503".utf8)]
        log.arrive([letter("a", 0)])
        drainer.step()
        let letter = store.letters[0]
        #expect(letter.letter.errorType == Array("HTTP 503".utf8))
        #expect(letter.fingerprint == Fingerprint(of: letter.letter))
    }

    @Test func `letters that arrived lately are settled while nothing else comes`() {
        drainer.step()
        #expect(store.settled == 0)
        log.arrive([letter("a", 0)])
        drainer.step()
        drainer.step()
        drainer.step()
        #expect(store.settled == 1)
    }
}

/// Gives what arrived, once.
final class TwinLetterLog: LetterLog {
    private var arrived: [LetterRecord] = []
    /// Comes although nothing should.
    var next: [LetterRecord] = []
    private(set) var committed: [[LetterPosition]] = []

    func arrive(_ records: [LetterRecord]) { arrived += records }

    func receive(limit: Int, wait: Microseconds) -> LetterIntake {
        guard limit > 0 else {
            defer { next = [] }
            return LetterIntake(records: next)
        }
        defer { arrived.removeFirst(min(limit, arrived.count)) }
        return LetterIntake(records: Array(arrived.prefix(limit)))
    }

    func commit(_ positions: [LetterPosition]) { committed.append(positions) }
    func close(within wait: Microseconds) {}
}

final class TwinLetterStore: LetterStore {
    private(set) var letters: [KeptLetter] = []
    private(set) var settled = 0
    var failures: [LetterStoreError] = []
    var refuses: String?
    var types: [[UInt8]?] = []

    var ids: [String] { letters.map { String(decoding: $0.letter.messageID, as: UTF8.self) } }

    func errorTypes(of letters: [DeadLetter]) throws(LetterStoreError) -> [[UInt8]?] {
        types.isEmpty ? letters.map { _ in nil } : types
    }

    func keep(_ letters: [KeptLetter]) throws(LetterStoreError) -> Int {
        if !failures.isEmpty { throw failures.removeFirst() }
        if let refuses, letters.contains(where: { $0.letter.messageID == Array(refuses.utf8) }) {
            throw .refused("it is \(refuses)")
        }
        self.letters += letters
        return letters.count
    }

    func settle() throws(LetterStoreError) { settled += 1 }
    func openLetters() throws(LetterStoreError) -> OpenLetters { OpenLetters([]) }
}

struct TwinTime: TimeSource {
    var wall: Int64 { 1_000_000 }
    var monotonic: Int64 { 10_000_000_000 }
}
