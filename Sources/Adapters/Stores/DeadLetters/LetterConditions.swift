internal import Postgres
internal import Workflow

/// The conditions of a selection as SQL: only those that are asked for, so that each question finds its index.
///
/// The name tells which they are: one statement for each combination, its text always the same.
struct LetterConditions {
    private(set) var clauses: [String] = []
    private(set) var types: [PostgresType] = []
    private(set) var parameters: [PostgresParameter] = []
    private(set) var name = ""

    /// - `d`: how the query calls the letter.
    init(_ selection: LetterSelection, state: String? = nil) {
        equal("fingerprint", selection.fingerprint, "f")
        equal("flow_id", selection.flowID, "w")
        equal("handler", selection.handler, "h")
        equal("tenant_id", selection.tenantID, "t")
        equal("session_id", selection.sessionID, "s")
        equal("run_id", selection.runID, "r")
        equal("reason", selection.reason, "c")
        equal("state", state, "z")
        if let since = selection.since { add("d.failed_at >= $", .timestamptz, .timestamptz(since), "a") }
        if let until = selection.until { add("d.failed_at < $", .timestamptz, .timestamptz(until), "b") }
    }

    private mutating func equal(_ column: String, _ value: String?, _ mark: String) {
        if let value { add("d.\(column) = $", .text, .string(value), mark) }
    }

    /// - `clause`: ends where the parameter's number belongs.
    mutating func add(_ clause: String, _ type: PostgresType, _ value: PostgresParameter, _ mark: String) {
        types.append(type)
        parameters.append(value)
        clauses.append(clause + "\(types.count)")
        name += mark
    }

    /// The number of a further parameter that is no condition.
    mutating func place(_ type: PostgresType, _ value: PostgresParameter) -> String {
        types.append(type)
        parameters.append(value)
        return "$\(types.count)"
    }

    var sql: String { clauses.isEmpty ? "true" : clauses.joined(separator: " AND ") }
}
