import CPostgres

/// Statements outside of the hot path: one at a time, or a whole script.
extension PostgresConnection {
    /// One prepared statement in a transaction of its own, values and results binary.
    public func query(
        _ statement: PostgresStatement, _ parameters: [PostgresParameter] = [], within limit: Duration? = nil
    ) throws(PostgresError) -> PostgresResult {
        begin()
        add(statement, parameters)
        send()
        switch finish(within: limit) {
        case .committed(let results): return results[0]
        case .refused(let error), .unknown(let error): throw error
        }
    }

    /// One or many statements as text, results as text: all in one transaction, unless the script says otherwise.
    @discardableResult
    public func execute(_ sql: String, within limit: Duration? = nil) throws(PostgresError) -> [PostgresResult] {
        try execute(sql, Deadline(after: limit ?? settings.replyTimeout))
    }

    func execute(_ sql: String, _ deadline: Deadline) throws(PostgresError) -> [PostgresResult] {
        let handle = try live()
        guard handle.sendSimple(sql) else { throw abandon(.lost(handle.message)) }
        var results: [PostgresResult] = []
        var failure: PostgresError?
        while let result = try next(deadline) {
            switch result.status {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: results.append(result)
            case PGRES_FATAL_ERROR where failure == nil:
                failure = result.report.map(PostgresError.reported) ?? .lost(result.clientMessage)
            default: failure = failure ?? .lost("unexpected answer \(result.status.rawValue)")
            }
        }
        guard let failure else { return results }
        throw failure.isConnection ? abandon(failure) : failure
    }

    private func next(_ deadline: Deadline) throws(PostgresError) -> PostgresResult? {
        let handle = try live()
        while true {
            let flushing = handle.flush()
            let isOpen = handle.receive()
            if !handle.isBusy { return handle.nextResult() }
            if !isOpen || flushing == .failed { throw abandon(.lost(handle.message)) }
            if deadline.hasPassed { throw abandon(.stalled("a query")) }
            handle.wait(writing: flushing == .pending, deadline)
        }
    }

    private func abandon(_ error: PostgresError) -> PostgresError {
        close()
        return error
    }
}
