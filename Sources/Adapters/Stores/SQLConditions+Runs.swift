internal import Postgres
internal import Workflow

extension SQLConditions {
    /// Of a list of runs; the query calls the run `r`.
    init(_ filter: RunFilter) {
        self.init(of: "r")
        equal("flow_id", filter.flowID, "f")
        equal("session_id", filter.sessionID, "s")
        equal("tenant_id", filter.tenantID, "t")
        equal("status", filter.status, "z")
        equal("user_id", filter.userID, "u")
        equal("parent_run_id", filter.parentRunID, "p")
        correlation(filter.correlationID)
        if let labels = filter.labels { add("r.labels @> \(place(.jsonb, .jsonb(labels)))", "l") }
        between(filter.since, filter.until, "created_at")
        if let after = filter.after {
            let time = place(.timestamptz, .timestamptz(after.createdAt))
            add("(r.created_at, r.run_id) < (\(time), \(place(.text, .string(after.runID))))", "k")
        }
    }

    /// Most runs' correlation id is their own id, and only the others are in the index.
    private mutating func correlation(_ id: String?) {
        guard let id else { return }
        let place = place(.text, .string(id))
        add(
            "(r.correlation_id = \(place) AND r.correlation_id <> r.run_id OR r.run_id = \(place) "
                + "AND r.correlation_id = \(place))", "c")
    }
}
