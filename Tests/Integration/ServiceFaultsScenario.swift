import TestSupport
import Testing

/// Item 5: services fail under load; everything ends, nothing is lost, and no process of ours is started again.
extension Scenarios {
    @Suite(.durableServices) struct ServiceFaults {
        private func underLoad(_ name: String, window: Int, fault: (Fleet, Load) throws -> Void) throws {
            try Fleet.with(name, retryWorkers: 1) { fleet in
                let load = try Load(fleet)
                try load.add(100)
                try fleet.waitForRuns(10, seconds: 60)
                try fault(fleet, load)
                try load.add(100)
                let seconds = try fleet.waitForRuns(load.asked, seconds: 90)
                print("figure: \(name): all \(load.asked) runs ended \(seconds) s after the fault")
                let ended = fleet.processes.filter { !$0.isRunning }.map(\.name)
                #expect(ended == [])
                try expectTheLoad(load, of: fleet, window: window)
            }
        }

        @Test func `FLUSHALL during load changes no outcome`() throws {
            try underLoad("flushall", window: 0) { fleet, load in
                for _ in 0..<10 {
                    try load.add(20)
                    try Command.succeed("redis-cli", ["-u", fleet.services.redis, "FLUSHALL"])
                    Waiting.forSeconds(0.1)
                }
            }
        }

        @Test func `a dead Redis during load changes no outcome`() throws {
            try underLoad("redisgone", window: 0) { fleet, load in
                try fleet.services.kill(.redis)
                try load.add(200)
                try fleet.waitForRuns(250, seconds: 60)
                try fleet.services.restart(.redis)
            }
        }

        @Test func `Postgres killed and restarted during load loses nothing`() throws {
            try underLoad("postgres", window: 200) { fleet, load in
                for _ in 0..<3 {
                    try load.add(50)
                    try fleet.services.kill(.postgres)
                    try load.add(50)
                    try fleet.services.restart(.postgres)
                }
            }
        }

        @Test func `the broker killed and restarted during load loses nothing`() throws {
            try underLoad("broker", window: 1_000) { fleet, load in
                try load.add(100)
                try fleet.services.kill(.kafka)
                Waiting.forSeconds(1)
                try fleet.services.restart(.kafka)
            }
        }
    }
}
