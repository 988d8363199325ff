import Foundation
import TestSupport
import Testing

/// Retry workers and services that die, and handlers that keep failing.
extension Scenarios {
    @Suite(.durableServices) struct RetryFaults {
        private static let runs = 40

        /// Runs whose task fails once and comes again after two seconds.
        private func produce(_ fleet: Fleet, _ count: Int = runs, prefix: String = "r", delay: Double = 2) throws {
            let flow = Retries.flow(times: 1, delays: [delay])
            try fleet.produce((0..<count).map { Flows.request("\(prefix)\($0)", flow: flow) })
        }

        /// Every message of the queue, by how often it is there.
        private func messages(_ fleet: Fleet) throws -> [String: Int] {
            let ids = try fleet.read(.taskQueue).compactMap { $0.value["message_id"]?.string }
            return Dictionary(grouping: ids) { $0 }.mapValues(\.count)
        }

        /// The executor sleeps meanwhile: a result that arrives would remove the row of its attempt.
        @Test(arguments: ["claimed", "published-not-deleted"])
        func `another worker takes over what a killed one had claimed`(_ point: String) throws {
            try Fleet.with("heir", orchestrators: 1, executors: 1) { fleet in
                let victim = try fleet.startRetryWorker(settings: ["FLOWFLEET_KILL_POINT": "\(point):1"])
                let isUp = Waiting.until(20) { victim.get("/health")?.status == 200 }
                #expect(isUp)
                try produce(fleet)
                try fleet.wait(for: "select count(*) from task_attempts", atLeast: Self.runs)
                fleet.executors[0].stop()
                let isGone = Waiting.until(20, every: 0.01) { !victim.isRunning }
                #expect(isGone, "\(point) was never passed")
                let died = ContinuousClock.now
                fleet.forget(victim)
                let claimed = fleet.number("select count(*) from task_retries where claimed_until is not null") ?? 0
                try fleet.startRetryWorker()
                let isEmpty = Waiting.until(20) { fleet.number("select count(*) from task_retries") == 0 }
                #expect(isEmpty)
                let seconds = (ContinuousClock.now - died).seconds
                print("figure: \(point): \(claimed) claims were taken over \(seconds) s after their worker's death")
                #expect(claimed > 0 && seconds < 6.5, "claims end after 5 s, others look within a second")
                fleet.executors[0].cont()
                try fleet.waitForRuns(Self.runs, seconds: 30)
                let found = try messages(fleet)
                #expect(found.count == 2 * Self.runs, "a message is missing")
                let repeated = found.values.filter { $0 > 1 }
                let areCounted = repeated.allSatisfy { $0 == 2 } && repeated.count == (point == "claimed" ? 0 : claimed)
                #expect(areCounted)
                #expect(fleet.number("select count(*) from task_attempts where status = 'succeeded'") == Self.runs)
            }
        }

        @Test func `a stopped worker does not publish what others took over meanwhile`() throws {
            try Fleet.with("sleepy", orchestrators: 1, executors: 1) { fleet in
                let sleeper = try fleet.startRetryWorker(settings: ["FLOWFLEET_KILL_POINT": "claimed:1:stop"])
                let isUp = Waiting.until(20) { sleeper.get("/health")?.status == 200 }
                #expect(isUp)
                try produce(fleet)
                try fleet.wait(for: "select count(*) from task_retries where claimed_until is not null", atLeast: 1)
                try fleet.startRetryWorker()
                try fleet.waitForRuns(Self.runs, seconds: 30)
                sleeper.cont()
                try produce(fleet, 5, prefix: "more", delay: 0.1)
                try fleet.waitForRuns(Self.runs + 5, seconds: 30)
                let repeated = try messages(fleet).values.filter { $0 > 1 }
                #expect(repeated.isEmpty, "\(repeated.count) messages were published twice")
                #expect(sleeper.isRunning && sleeper.logText.contains("claims ran out before their messages"))
            }
        }

        @Test(arguments: [Services.Name.postgres, .kafka])
        func `a worker waits for a service that is down and goes on by itself`(_ service: Services.Name) throws {
            try Fleet.with("down", orchestrators: 1, executors: 1, retryWorkers: 1) { fleet in
                let first = fleet.processes.first { $0.name.hasPrefix("retry-worker") }
                let worker = try #require(first)
                try produce(fleet, delay: 3)
                try fleet.wait(for: "select count(*) from task_retries", atLeast: Self.runs)
                try fleet.services.kill(service)
                let isDown = Waiting.until(30) { worker.get("/health")?.status == 503 }
                #expect(isDown, "health still says it is well")
                #expect(worker.get("/livez")?.status == 200)
                Waiting.forSeconds(3)
                try fleet.services.restart(service)
                let isBack = Waiting.until(30) { worker.get("/health")?.status == 200 }
                #expect(isBack && worker.isRunning)
                try fleet.waitForRuns(Self.runs, seconds: 60)
                let found = try messages(fleet)
                let areAll = found.count == 2 * Self.runs && found.values.allSatisfy { $0 <= 2 }
                #expect(areAll)
            }
        }
    }
}
