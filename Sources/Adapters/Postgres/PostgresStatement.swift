/// A statement that each connection prepares once, when it first needs it.
///
/// Declared as static tables beside the SQL; the name must be unique in a process, the SQL must never change under it.
public struct PostgresStatement: Sendable {
    public let name: String
    public let sql: String
    public let parameters: [PostgresType]

    public init(_ name: String, _ parameters: [PostgresType] = [], sql: String) {
        self.name = name
        self.sql = sql
        self.parameters = parameters
    }
}
