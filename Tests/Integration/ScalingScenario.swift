import TestSupport
import Testing

/// Item 7: orchestrators 1 → 3 → 1 and executors 1 → 4 → 1 under load.
extension Scenarios {
    @Suite(.durableServices) struct Scaling {
        @Test func `a fleet that grows and shrinks under load loses nothing`() throws {
            try Fleet.with("scaling", orchestrators: 1, executors: 1) { fleet in
                let load = try Load(fleet)
                func stretch() throws {
                    try load.add(60)
                    Waiting.forSeconds(0.5)
                }
                try stretch()
                for _ in 0..<2 {
                    try fleet.startOrchestrator()
                    try stretch()
                }
                for _ in 0..<3 {
                    try fleet.startExecutor()
                    try stretch()
                }
                for process in Array(fleet.orchestrators.dropFirst()) + Array(fleet.executors.dropFirst()) {
                    let status = process.terminate()
                    #expect(status == 0, "\(process.name) did not end cleanly on SIGTERM")
                    fleet.forget(process)
                    try stretch()
                }
                try fleet.waitForRuns(load.asked, seconds: 90)
                // Eleven changes of the groups; each may repeat what ran at that moment.
                try expectTheLoad(load, of: fleet, window: 11 * 64)
            }
        }
    }
}
