public import Postgres
public import Workflow

/// One connection for reading and registering, made when it is first needed and again after it broke.
///
/// Used from one thread. Tells failures in the words of the ports, with the place but never with a password.
public final class PostgresAccess {
    private let connection: PostgresConnection

    public init(_ settings: PostgresSettings) {
        connection = PostgresConnection(settings)
    }

    func query(
        _ statement: PostgresStatement, _ parameters: [PostgresParameter] = []
    ) throws(AccessFailure) -> PostgresResult {
        do throws(PostgresError) {
            if !connection.isUsable { try connection.connect() }
            return try connection.query(statement, parameters)
        } catch {
            throw failure(error)
        }
    }

    /// Like `query`, but nil when a unique key refused the row: somebody else was first.
    func insert(
        _ statement: PostgresStatement, _ parameters: [PostgresParameter]
    ) throws(AccessFailure) -> PostgresResult? {
        do throws(PostgresError) {
            if !connection.isUsable { try connection.connect() }
            return try connection.query(statement, parameters)
        } catch {
            if error.code == PostgresError.uniqueViolation { return nil }
            throw failure(error)
        }
    }

    typealias Question = (statement: PostgresStatement, parameters: [PostgresParameter])

    /// Several statements in one round trip and one transaction.
    func together(_ questions: [Question]) throws(AccessFailure) -> [PostgresResult] {
        do throws(PostgresError) {
            if !connection.isUsable { try connection.connect() }
        } catch {
            throw failure(error)
        }
        connection.begin()
        for question in questions { connection.add(question.statement, question.parameters) }
        connection.send()
        switch connection.finish() {
        case .committed(let results): return results
        case .refused(let error), .unknown(let error): throw failure(error)
        }
    }

    private func failure(_ error: PostgresError) -> AccessFailure {
        AccessFailure(error, place: connection.settings.place)
    }
}

extension AccessFailure {
    /// The failure of a statement or of connecting, in the words of the ports.
    public init(_ error: PostgresError, place: String) {
        let message = error.message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        switch error.code {
        case PostgresError.undefinedTable, "42703", "42883":
            self.init(.outdatedSchema, "the database at \(place) has not the schema this program needs")
        case PostgresError.uniqueViolation:
            self.init(.taken, message)
        case let code where code.hasPrefix("28") || error.isConnection && Self.isAboutLogin(message):
            self.init(.unauthorized, "Postgres at \(place) refuses the login: \(message)")
        case _ where error.isConnection && message.contains("does not exist"):
            self.init(.unreachable, "Postgres at \(place): \(message); createdb makes one")
        case PostgresError.cannotConnect where message.contains("cannot be read"):
            self.init(.misconfigured, message)
        case _ where error.isConnection:
            self.init(.unreachable, "Postgres at \(place) does not answer: \(message)")
        default:
            self.init(.refused, "Postgres at \(place): \(error)")
        }
    }

    /// While connecting, libpq tells no code, only the server's sentence.
    private static func isAboutLogin(_ message: String) -> Bool {
        message.contains("authentication failed") || message.contains("role \"") && message.contains("does not exist")
    }
}
