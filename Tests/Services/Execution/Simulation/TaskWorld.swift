import JSON
import Platform
import Testing
import Workflow

@testable import Execution

/// A topic of tasks, its group, and executors in production code, in one thread and an order drawn from a seed.
///
/// What must hold, at every commit: no committed offset passes a task without an answer in the log, and no window calls
/// one finished that has none (I10). In the calm at the end every task is answered and committed in bounded steps.
final class TaskWorld {
    struct Committed {
        var offset: Int64
        var metadata: [UInt8]
    }

    static let partitions: Int32 = 3
    static let records: Int64 = 250

    var dice: SeededRandom
    let time = TwinTime()
    let faults: Bool
    var committed: [Int32: Committed] = [:]
    var answered: [Int32: Set<Int64>] = [:]
    var executions: [String: Int] = [:]
    var violations: [String] = []
    var sometimes: [String: Int] = [:]
    private(set) var members: [TaskMember] = []
    private var generation = 0
    private var isBalancing = false
    private var names = 0

    init(seed: UInt64, faults: Bool) {
        dice = SeededRandom(seed: seed)
        self.faults = faults
    }

    func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &dice) < percent }
    func fault(_ percent: Int) -> Bool { faults && chance(percent) }
    func note(_ name: String) { sometimes[name, default: 0] += 1 }

    /// Gaps in the offsets, unreadable bytes, and handlers of all kinds.
    func value(_ partition: Int32, _ offset: Int64) -> [UInt8]? {
        switch (offset * 7 + Int64(partition)) % 23 {
        case 0: nil
        case 1: Array("not json".utf8)
        case 2, 3, 4: Array(task("p\(partition)-\(offset)", "slow").utf8)
        case 5: Array(task("p\(partition)-\(offset)", "sleep", inputs: #"{"ms":300}"#).utf8)
        default: Array(task("p\(partition)-\(offset)").utf8)
        }
    }

    func hasRecord(_ partition: Int32, _ offset: Int64) -> Bool { (offset + Int64(partition)) % 17 != 3 }

    func join() {
        names += 1
        members.append(TaskMember(self, "w\(names)"))
        rebalance()
    }

    /// Takes everything back; the partitions are given out again once everybody has let go.
    func rebalance() {
        // One that found nobody left is still under way: who comes now ends it.
        guard !isBalancing else { return giveOut() }
        isBalancing = true
        for member in members where !member.held.isEmpty { member.askBack() }
        giveOut()
    }

    /// A member that has not let go in time, or is dead, loses what it had.
    func expel(_ member: TaskMember) {
        member.lose()
        members.removeAll { $0 === member && $0.isDead }
        isBalancing = true
        for other in members where !other.held.isEmpty { other.askBack() }
        giveOut()
    }

    func giveOut() {
        guard isBalancing, !members.isEmpty, members.allSatisfy(\.held.isEmpty) else { return }
        isBalancing = false
        generation += 1
        for partition in 0..<Self.partitions {
            members[Int.random(in: members.indices, using: &dice)].given.append(partition)
        }
        for member in members { member.take(generation) }
    }

    func store(_ commits: [TaskCommit]) {
        for commit in commits {
            let partition = commit.partition.partition
            let done = answered[partition] ?? []
            let ledger = OffsetLedger(base: commit.offset, metadata: commit.metadata[...])
            for offset in 0..<Self.records where hasRecord(partition, offset) {
                let isFinished = offset < commit.offset || ledger[offset] == .finished
                if isFinished, !done.contains(offset) {
                    violations.append("\(partition)/\(offset) committed, not answered")
                }
            }
            committed[partition] = Committed(offset: commit.offset, metadata: commit.metadata)
        }
    }

    var isOver: Bool {
        (0..<Self.partitions).allSatisfy { partition in
            let last = (0..<Self.records).last { hasRecord(partition, $0) } ?? 0
            return committed[partition]?.offset == last + 1
        }
    }

    func run() {
        join()
        if faults { join() }
        for _ in 0..<600 where violations.isEmpty { event() }
        for member in members where member.isDead { expel(member) }
        if members.isEmpty { join() }
        for _ in 0..<4_000 where violations.isEmpty && !isOver {
            time.pass(milliseconds: Int64.random(in: 0...60, using: &dice))
            for member in members { member.step(isCalm: true) }
        }
        if violations.isEmpty, !isOver { violations.append("it does not end: \(committed.mapValues(\.offset))") }
    }

    private func event() {
        time.pass(milliseconds: Int64.random(in: 0...(chance(5) ? 3_000 : 40), using: &dice))
        for member in members where !member.isDead && chance(60) { member.step(isCalm: false) }
        guard faults else { return }
        if chance(2) { rebalance() }
        if members.count < 4, chance(3) { join() }
        if chance(3), let dead = members.first(where: \.isDead) {
            expel(dead)
            note("a dead member was expelled")
        }
        if chance(1), let late = members.first(where: { $0.isAskedBack && !$0.isDead }) {
            expel(late)
            note("a slow member lost its partitions")
        }
    }
}
