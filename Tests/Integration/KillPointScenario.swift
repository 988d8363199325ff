import TestSupport
import Testing

/// A process stopped at a named point, under load: another goes on from exactly there.
extension Scenarios {
    @Suite(.durableServices) struct KillPoints {
        /// Cells of the crash matrix on one fleet; `scripts/crash-matrix` plays them all.
        @Test func `processes killed or stopped at any point leave nothing undone`() throws {
            try Fleet.with("crash", orchestrators: 0, executors: 0, settings: CrashMatrix.settings()) { fleet in
                let matrix = try CrashMatrix(fleet)
                matrix.playAll(CrashCell.sample) { outcome in
                    print("figure: \(outcome.cell.name): all ended \(outcome.seconds ?? -1) s after it was replaced")
                    #expect(outcome.problem == nil, "\(outcome.cell.name)")
                }
                #expect(matrix.outcomes.count == CrashCell.sample.count)
                let problems = try matrix.problems()
                #expect(problems == [])
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
                let kinds = letters.map { $0["kind"] }
                #expect(kinds == ["record"])
                #expect(letters.first?["original"]?["partition"] == 1)
                let run = try fleet.run("kills-its-reader")
                #expect(run == nil)
            }
        }
    }
}
