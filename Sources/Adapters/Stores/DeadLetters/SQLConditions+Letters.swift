internal import Postgres
internal import Workflow

extension SQLConditions {
    /// Of a selection of dead letters; the query calls the letter `d`.
    init(_ selection: LetterSelection, state: String? = nil) {
        self.init(of: "d")
        equal("fingerprint", selection.fingerprint, "f")
        equal("flow_id", selection.flowID, "w")
        equal("handler", selection.handler, "h")
        equal("tenant_id", selection.tenantID, "t")
        equal("session_id", selection.sessionID, "s")
        equal("run_id", selection.runID, "r")
        equal("reason", selection.reason, "c")
        equal("state", state, "z")
        between(selection.since, selection.until, "failed_at")
    }
}
