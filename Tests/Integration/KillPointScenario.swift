import TestSupport
import Testing

/// Item 4: a process stopped at a named point, under load; another goes on from exactly there.
extension Scenarios {
    @Suite(.durableServices) struct KillPoints {
        static let orchestrator = [
            "received", "decided", "committing", "committed-not-published", "publishing", "published-not-noted",
            "mirroring", "taking-a-lane",
        ]
        static let executor = [
            "task-received", "task-running", "finished-not-published", "published-not-reported",
            "reported-not-committed",
        ]

        @Test(arguments: orchestrator)
        func `an orchestrator killed there leaves nothing undone`(_ point: String) throws {
            try stopping("orchestrator", at: point, passage: point == "taking-a-lane" ? 1 : 5)
        }

        @Test(arguments: executor)
        func `an executor killed there leaves nothing undone`(_ point: String) throws {
            try stopping("executor", at: point, passage: point == "reported-not-committed" ? 1 : 20)
        }

        @Test(arguments: [("orchestrator", "giving-up-a-lane"), ("executor", "draining")])
        func `a process killed while it ends leaves nothing undone`(_ kind: String, _ point: String) throws {
            try stopping(kind, at: point, passage: 1, terminating: true)
        }

        /// One process of two dies at the point; the other and a new one end the load.
        private func stopping(_ kind: String, at point: String, passage: Int, terminating: Bool = false) throws {
            let soon = ["ORCHESTRATOR_KAFKA_SESSION_TIMEOUT": "3"]
            try Fleet.with("at", orchestrators: 0, executors: 0, settings: soon) { fleet in
                let load = try Load(fleet)
                let plan = ["FLOWFLEET_KILL_POINT": "\(point):\(passage)"]
                let isExecutor = kind == "executor"
                let victim =
                    try isExecutor ? fleet.startExecutor(settings: plan) : fleet.startOrchestrator(settings: plan)
                _ = try isExecutor ? fleet.startOrchestrator() : fleet.startExecutor()
                try load.add(60)
                if terminating {
                    try fleet.waitForRuns(5)
                    victim.signal(15)
                }
                let isDead = Waiting.until(20) { !victim.isRunning }
                #expect(isDead, "\(point) was never passed")
                victim.kill()
                fleet.forget(victim)
                let replacement = isExecutor ? try fleet.startExecutor() : try fleet.startOrchestrator()
                try load.add(20)
                let seconds = try fleet.waitForRuns(load.asked, seconds: 60)
                print("\(kind) killed at \(point): all ended \(seconds) s after \(replacement.name) was started")
                try expectTheLoad(load, of: fleet, window: 1_000)
            }
        }

        @Test func `a record that kills its reader is kept aside after its fourth taking`() throws {
            try Fleet.with("trap", orchestrators: 0, executors: 1) { fleet in
                let trap = ["FLOWFLEET_PLANTED_TRAP": "kills-its-reader"]
                try fleet.startOrchestrator(settings: trap)
                try fleet.produce([Flows.request("before", flow: Flows.chain(2))], partition: 1)
                try fleet.waitForRuns(1)
                try fleet.produce([Flows.request("kills-its-reader", flow: Flows.chain(2))], partition: 1)
                try fleet.produce([Flows.request("after", flow: Flows.chain(2))], partition: 1)
                var starts = 0
                let isPast = try Waiting.until(90) {
                    if !fleet.orchestrators.contains(where: \.isRunning) {
                        fleet.orchestrators.forEach(fleet.forget)
                        starts += 1
                        try fleet.startOrchestrator(settings: trap)
                    }
                    return fleet.number("select count(*) from flow_run_history where run_id = 'after'") == 1
                }
                #expect(isPast, "the lane did not go on after \(starts) starts")
                #expect((3...4).contains(starts), "it was started \(starts) times more")
                try fleet.waitForRuns(2)
                let letters = try fleet.read(.deadLetters).map(\.value)
                #expect(letters.map { $0["kind"] } == ["record"])
                #expect(letters.first?["original"]?["partition"] == 1)
                let run = try fleet.run("kills-its-reader")
                #expect(run == nil)
            }
        }
    }
}
