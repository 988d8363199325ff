import Postgres

/// The conditions of a list as SQL: only those that are asked for, so that each question finds its index.
///
/// The name tells which they are: one statement for each combination, its text always the same.
struct SQLConditions {
    /// How the query calls the row.
    private let row: String
    private var clauses: [String] = []
    private(set) var types: [PostgresType] = []
    private(set) var parameters: [PostgresParameter] = []
    private(set) var name = ""

    init(of row: String) { self.row = row }

    var sql: String { clauses.isEmpty ? "true" : clauses.joined(separator: " AND ") }

    /// - `mark`: a letter of its own for each condition of a list.
    mutating func equal(_ column: String, _ value: String?, _ mark: String) {
        if let value { add("\(row).\(column) = \(place(.text, .string(value)))", mark) }
    }

    /// From `since`, before `until`.
    mutating func between(_ since: Int64?, _ until: Int64?, _ column: String) {
        if let since { add("\(row).\(column) >= \(place(.timestamptz, .timestamptz(since)))", "a") }
        if let until { add("\(row).\(column) < \(place(.timestamptz, .timestamptz(until)))", "b") }
    }

    mutating func add(_ clause: String, _ mark: String) {
        clauses.append(clause)
        name += mark
    }

    /// The number of a parameter.
    mutating func place(_ type: PostgresType, _ value: PostgresParameter) -> String {
        types.append(type)
        parameters.append(value)
        return "$\(types.count)"
    }
}

/// SQL that shows a time as the contract wants it: RFC 3339 in UTC with milliseconds.
func rfc3339(_ column: String) -> String {
    #"to_char(\#(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"#
}
