import TestSupport
import Testing

/// Item 4: SIGKILL of an orchestrator, of an executor, of both, under load with two of each.
extension Scenarios {
    @Suite(.durableServices) struct Kills {
        private static let rounds = 20

        @Test func `twenty rounds of SIGKILL under load lose nothing and count everything once`() throws {
            let seed = UInt64.random(in: 0...UInt64.max)
            print("kills: seed \(seed)")
            var random = SeededRandom(seed: seed)
            let settings = ["ORCHESTRATOR_KAFKA_SESSION_TIMEOUT": "3"]
            try Fleet.with("kills", retryWorkers: 1, settings: settings) { fleet in
                let load = try Load(fleet)
                try load.add(50)
                try fleet.waitForRuns(1, seconds: 60)
                var slowest = 0.0
                for round in 0..<Self.rounds {
                    try load.add(40)
                    Waiting.forSeconds(Double.random(in: 0...0.8, using: &random))
                    if round % 3 != 1 { try replace(fleet.orchestrators, using: &random, in: fleet) }
                    if round % 3 != 0 { try replace(fleet.executors, using: &random, in: fleet) }
                    slowest = max(slowest, try fleet.waitForRuns(load.asked - 20, seconds: 60))
                }
                try fleet.waitForRuns(load.asked, seconds: 120)
                print("figure: kills: \(load.asked) runs over \(Self.rounds) rounds, slowest recovery \(slowest) s")
                try expectTheLoad(load, of: fleet, window: 250 * Self.rounds)
            }
        }

        private func replace(_ group: [FleetProcess], using random: inout SeededRandom, in fleet: Fleet) throws {
            guard let victim = group.randomElement(using: &random) else { return }
            victim.kill()
            fleet.forget(victim)
            if victim.name.hasPrefix("executor") { try fleet.startExecutor() } else { try fleet.startOrchestrator() }
        }
    }

    @Suite(.durableServices) struct Sleepers {
        @Test func `an orchestrator that sleeps past its session records nothing more`() throws {
            try Fleet.with("sleeper") { fleet in
                let load = try Load(fleet)
                try load.add(100)
                try fleet.waitForRuns(20)
                let sleeper = fleet.orchestrators[0]
                sleeper.stop()
                try load.add(200)
                // Another one takes its lanes and ends what is there, while it still sleeps.
                try fleet.waitForRuns(300, seconds: 60)
                let epochs = fleet.number("select sum(epoch) from lane_checkpoint") ?? 0
                sleeper.cont()
                try load.add(100)
                try fleet.waitForRuns(400, seconds: 60)
                #expect(sleeper.isRunning, "the sleeper ended instead of joining again")
                print("figure: sleeper: sum of epochs \(epochs) before it woke")
                // One batch may be repeated: as many dispatches as a turn takes records.
                try expectTheLoad(load, of: fleet, window: 1_000)
            }
        }
    }
}

/// The end-of-run checks for a load with faults, and what the faults cost.
func expectTheLoad(_ load: Load, of fleet: Fleet, window: Int, sourceLocation: SourceLocation = #_sourceLocation) throws
{
    let ledger = try load.ledger
    let messages = try fleet.read(.taskQueue)
    let ids = Set(messages.compactMap { $0.value["message_id"]?.string })
    print(
        "\(fleet.id): \(ledger.count - Set(ledger).count) extra executions,",
        "\(messages.count - ids.count) repeated dispatches"
    )
    var expected = load.expected
    expected.extraExecutions = window
    expected.extraDispatches = window
    try expectNothingWrong(fleet, expected, ledger: ledger, sourceLocation: sourceLocation)
}
