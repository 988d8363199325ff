import Testing

@testable import Stores

/// Which partition of a task topic a message goes to. One executor reads a partition.
@Suite struct StickyPartitionTests {
    @Test func `slow or unknown tasks of one fan-out reach every executor, 64 to a partition`() {
        var sticky = StickyPartition(count: 12)
        let lots = Self.lots((0..<12 * 64).map { _ in sticky.next() })
        #expect(lots.map(\.count) == Array(repeating: 64, count: 12))
        #expect(Set(lots.map(\.partition)).count == 12)
    }

    @Test func `quick tasks stay longer with one, and reach every executor all the same`() {
        var sticky = StickyPartition(count: 12)
        let run = StickyPartition.quickRun
        let lots = Self.lots((0..<12 * run).map { _ in sticky.next(isQuick: true) })
        #expect(lots.map(\.count) == Array(repeating: run, count: 12))
        #expect(Set(lots.map(\.partition)).count == 12)
    }

    @Test func `the first slow task behind a long run of quick ones goes to the next partition`() {
        var sticky = StickyPartition(count: 12)
        let quick = (0..<100).map { _ in sticky.next(isQuick: true) }
        let slow = sticky.next()
        #expect(Set(quick).count == 1)
        #expect(slow == (quick[0] + 1) % 12)
    }

    private static func lots(_ partitions: [Int32]) -> [(partition: Int32, count: Int)] {
        partitions.reduce(into: []) { lots, partition in
            if lots.last?.partition == partition {
                lots[lots.count - 1].count += 1
            } else {
                lots.append((partition, 1))
            }
        }
    }
}
