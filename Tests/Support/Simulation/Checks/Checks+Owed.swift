import Workflow

/// I18: each end of a run that somebody wants to hear of is owed with the very commit that records it, once; nothing
/// else is.
extension Checks {
    func checkOwed(_ decision: Decision, _ after: Tables) {
        let ends = decision.runStates.map { ($0.runID, $0.state) } + decision.newRuns.map { ($0.runID, $0.state) }
        for (id, state) in ends where state.status.isFinal && after.runs[id]?.delivery != nil {
            let key = Tables.OwedKey(runID: id, ending: state.control.endings, kind: .end)
            world.count("end owed")
            if after.owed[key] != state.status { fail("I18", "the end of \(id) as \(state.status) is not owed") }
        }
        for row in decision.owed where after.runs[row.runID]?.delivery == nil {
            fail("I18", "\(row.runID) owes something nobody asked for")
        }
    }

    /// As many rows as ends.
    func checkOwed() {
        for run in store.tables.runs.values where run.delivery != nil {
            let rows = store.tables.owed.keys.filter { $0.runID == run.runID && $0.kind == .end }
            let endings = run.state.control.endings
            if rows.map(\.ending).sorted() != Array(1..<endings + 1) {
                fail("I18", "\(run.runID) ended \(endings) times and owes \(rows.count) ends")
            }
        }
    }
}
