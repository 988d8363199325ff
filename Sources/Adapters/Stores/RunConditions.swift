internal import Postgres
internal import Workflow

/// The conditions of a list of runs as SQL: only those that are asked for, so that each question finds its index.
///
/// The name tells which they are: one statement for each combination, its text always the same.
struct RunConditions {
    private var clauses: [String] = []
    private(set) var types: [PostgresType] = []
    private(set) var parameters: [PostgresParameter] = []
    private(set) var name = ""

    /// The query calls the run `r`.
    init(_ filter: RunFilter) {
        equal("flow_id", filter.flowID, "f")
        equal("session_id", filter.sessionID, "s")
        equal("tenant_id", filter.tenantID, "t")
        equal("status", filter.status, "z")
        equal("user_id", filter.userID, "u")
        equal("parent_run_id", filter.parentRunID, "p")
        correlation(filter.correlationID)
        if let labels = filter.labels { add("r.labels @> \(place(.jsonb, .jsonb(labels)))", "l") }
        if let since = filter.since { add("r.created_at >= \(place(.timestamptz, .timestamptz(since)))", "a") }
        if let until = filter.until { add("r.created_at < \(place(.timestamptz, .timestamptz(until)))", "b") }
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

    private mutating func equal(_ column: String, _ value: String?, _ mark: String) {
        guard let value else { return }
        add("r.\(column) = \(place(.text, .string(value)))", mark)
    }

    private mutating func add(_ clause: String, _ mark: String) {
        clauses.append(clause)
        name += mark
    }

    /// The number of a parameter.
    mutating func place(_ type: PostgresType, _ value: PostgresParameter) -> String {
        types.append(type)
        parameters.append(value)
        return "$\(types.count)"
    }

    var sql: String { clauses.isEmpty ? "true" : clauses.joined(separator: " AND ") }
}
