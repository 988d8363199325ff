import Foundation
import Testing

@testable import Execution

/// Executors under faults from a seed. `FLOWFLEET_SEED` runs one seed alone, `FLOWFLEET_SEEDS` so many.
@Suite struct TaskWorldTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let count = environment["FLOWFLEET_SEEDS"].flatMap(Int.init) ?? 50

    private static var seeds: [UInt64] {
        if let one = environment["FLOWFLEET_SEED"].flatMap(UInt64.init) { return [one] }
        return (0..<count).map { _ in UInt64.random(in: 0 ... .max) }
    }

    /// Branches that faults must have reached, so that the seeds prove something about them.
    private static let rare = [
        "killed in begin", "killed in published", "killed in commit", "killed in release", "released in order",
        "paused", "a dead member was expelled", "a slow member lost its partitions",
    ]

    @Test func `under kills, rebalances and failing calls no commit passes an unanswered task, and all end`() {
        var sometimes: [String: Int] = [:]
        func run(_ seed: UInt64) {
            let world = TaskWorld(seed: seed, faults: true)
            world.run()
            #expect(world.violations.isEmpty, "FLOWFLEET_SEED=\(seed)")
            sometimes.merge(world.sometimes, uniquingKeysWith: +)
        }
        let seeds = Self.seeds
        for seed in seeds { run(seed) }
        guard seeds.count >= 50 else { return }
        // Fifty seeds may miss a rare branch by chance; more are run until each was reached.
        var never = Self.rare.filter { sometimes[$0, default: 0] == 0 }
        for _ in 0..<200 where !never.isEmpty {
            run(.random(in: 0 ... .max))
            never = Self.rare.filter { sometimes[$0, default: 0] == 0 }
        }
        #expect(never == [])
    }

    @Test func `without faults every task runs exactly once`() {
        for seed in Self.seeds.prefix(15) {
            let world = TaskWorld(seed: seed, faults: false)
            world.run()
            #expect(world.violations.isEmpty, "FLOWFLEET_SEED=\(seed)")
            let again = world.executions.filter { $0.value != 1 }
            #expect(again.isEmpty, "FLOWFLEET_SEED=\(seed)")
        }
    }
}
