internal import Postgres
internal import Workflow

/// One connection of the drainer, made when it is needed and again after it broke; each call has its time limit.
final class LetterDatabase {
    typealias Request = (statement: PostgresStatement, parameters: [PostgresParameter])
    private let connection: PostgresConnection

    init(_ settings: PostgresSettings) { connection = PostgresConnection(settings) }

    /// Several statements in one transaction and one round trip.
    ///
    /// An unknown outcome is told as `away`: everything here may be repeated.
    @discardableResult
    func together(_ requests: [Request]) throws(LetterStoreError) -> [PostgresResult] {
        do throws(PostgresError) {
            if !connection.isUsable { try connection.connect() }
        } catch {
            throw failure(error)
        }
        connection.begin()
        for request in requests { connection.add(request.statement, request.parameters) }
        connection.send()
        switch connection.finish() {
        case .committed(let results): return results
        case .refused(let error), .unknown(let error): throw failure(error)
        }
    }

    @discardableResult
    func query(_ statement: PostgresStatement, _ parameters: [PostgresParameter] = [])
        throws(LetterStoreError) -> PostgresResult
    {
        try together([(statement, parameters)])[0]
    }

    /// Only what is wrong with the values is a refusal; anything else may pass.
    private func failure(_ error: PostgresError) -> LetterStoreError {
        let isAboutValues = ["22", "23", "54"].contains(error.code.prefix(2)) && !error.isConnection
        return isAboutValues ? .refused("\(error)") : .away("\(connection.settings.place): \(error)")
    }
}
