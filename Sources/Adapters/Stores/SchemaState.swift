public import Postgres

/// How a database's schema stands to what this program was built for.
public enum SchemaState: Equatable, Sendable {
    case current
    /// Older, or not there at all (0): the program must not start; `flowfleet admin migrate` brings it up.
    case older(found: Int, needed: Int)
    /// A newer release has been here. Steps only add, so an older program goes on; it is worth a warning.
    case newer(found: Int, known: Int)

    init(found: Int, known: Int = Migrator.newest) {
        if found == known {
            self = .current
        } else {
            self = found < known ? .older(found: found, needed: known) : .newer(found: found, known: known)
        }
    }

    public static func read(from connection: PostgresConnection) throws(PostgresError) -> SchemaState {
        SchemaState(found: try Migrator.version(of: connection))
    }
}
