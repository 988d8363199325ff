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

    @Test func `under kills, rebalances and failing calls no commit passes an unanswered task, and all end`() {
        var sometimes: [String: Int] = [:]
        for seed in Self.seeds {
            let world = TaskWorld(seed: seed, faults: true)
            world.run()
            #expect(world.violations.isEmpty, "FLOWFLEET_SEED=\(seed)")
            sometimes.merge(world.sometimes, uniquingKeysWith: +)
        }
        guard Self.seeds.count >= 50 else { return }
        for name in [
            "killed in begin", "killed in published", "killed in commit", "killed in release",
            "released in order", "paused", "a dead member was expelled", "a slow member lost its partitions",
        ] {
            #expect(sometimes[name, default: 0] > 0, "never: \(name)")
        }
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
