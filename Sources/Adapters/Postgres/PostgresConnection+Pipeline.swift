import CPostgres

/// A pipeline: many statements, one Sync, one round trip, one implicit transaction. An error anywhere undoes all of it.
///
/// `begin`, any number of `add`, `send`, and later `finish`; between the last two the caller may do other work. None of
/// them throws: whatever goes wrong is the outcome's matter. No statement may itself end the transaction.
extension PostgresConnection {
    public func begin() {
        if ledger.isUnderWay { close() }
        ledger.begin()
        guard let handle, handle.isAlive else { return ledger.lost(.notConnected) }
        // A session that ended since is found out now, while that is still a refusal: the first look may find the
        // server's last words, the second the end.
        guard handle.receive(), handle.receive(), handle.enterPipeline() else { return lose(handle.message) }
    }

    /// Copies the values, so builders may be reused at once.
    public func add(_ statement: PostgresStatement, _ parameters: [PostgresParameter] = []) {
        guard ledger.phase == .filling, let handle else { return }
        check(parameters, of: statement)
        if !prepared.contains(statement.name), !ledger.isPreparing(statement.name) {
            guard handle.sendPrepare(statement) else { return lose(handle.message) }
            ledger.prepared(statement.name)
        }
        guard handle.sendExecute(statement, parameters, encoder) else { return lose(handle.message) }
        ledger.executed()
    }

    /// Ends the transaction and writes as much as the socket takes.
    public func send() {
        guard ledger.phase == .filling, let handle else { return }
        ledger.synced()
        // Refused by libpq or not, bytes of the Sync may be out from here on.
        if !handle.sync() { ledger.flushed() }
        flush()
    }

    /// Moves bytes without waiting; true when `finish` would not wait.
    public var isReady: Bool {
        advance()
        return !ledger.isUnderWay
    }

    /// Waits for the outcome. When time runs out the connection is closed, for an answer might still come.
    public func finish(within limit: Duration? = nil) -> PostgresOutcome {
        if ledger.phase == .filling { send() }
        let deadline = Deadline(after: limit ?? settings.replyTimeout)
        while ledger.isUnderWay, let handle {
            advance()
            guard ledger.isUnderWay else { break }
            if deadline.hasPassed {
                ledger.lost(.stalled("a pipeline of \(ledger.statements) statements"))
                break
            }
            handle.wait(writing: ledger.phase == .flushing, deadline)
        }
        return conclude()
    }

    private func conclude() -> PostgresOutcome {
        let outcome = ledger.outcome ?? .refused(.notConnected)
        ledger = PipelineLedger()
        switch outcome {
        case .committed: if handle?.exitPipeline() != true { close() }
        case .refused(let error):
            if error.isConnection || error.needsNewSession || handle?.exitPipeline() != true { close() }
        case .unknown: close()
        }
        return outcome
    }

    private func advance() {
        guard ledger.isUnderWay, let handle else { return }
        flush()
        let isOpen = handle.receive()
        drain(handle)
        if !isOpen { lose(handle.message) }
    }

    private func flush() {
        guard let handle, ledger.phase == .flushing else { return }
        switch handle.flush() {
        case .done: ledger.flushed()
        case .pending: break
        // What came back before the end is still in libpq's buffer: `advance` reads it, then reports the loss.
        case .failed: ledger.flushed()
        }
    }

    /// Takes every result that is complete. In pipeline mode each entry gives one result and then nil.
    private func drain(_ handle: ConnectionHandle) {
        var isBetweenEntries = false
        while ledger.isUnderWay, !handle.isBusy {
            if let result = handle.nextResult() {
                isBetweenEntries = false
                take(result)
            } else if isBetweenEntries {
                return
            } else {
                isBetweenEntries = true
            }
        }
    }

    private func take(_ result: PostgresResult) {
        switch result.status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            if let name = ledger.succeeded(result) { prepared.insert(name) }
        case PGRES_PIPELINE_ABORTED: ledger.skipped()
        case PGRES_PIPELINE_SYNC: ledger.answered()
        case PGRES_FATAL_ERROR:
            guard let report = result.report else { return lose(result.clientMessage) }
            let error = PostgresError.reported(report)
            if error.isConnection { ledger.lost(error) } else { ledger.failed(error) }
        default: lose("unexpected answer \(result.status.rawValue)")
        }
    }

    private func lose(_ message: String) { ledger.lost(.lost(message)) }

    private func check(_ parameters: [PostgresParameter], of statement: PostgresStatement) {
        precondition(parameters.count == statement.parameters.count, "\(statement.name): wrong number of parameters")
        for (given, declared) in zip(parameters, statement.parameters) {
            precondition(given.type == nil || given.type == declared, "\(statement.name): \(given) for \(declared)")
        }
    }
}

extension PostgresError {
    /// A prepared statement no longer fits the tables, or the session lost it, or the server is only a standby by now.
    fileprivate var needsNewSession: Bool { ["0A000", "26000", "25006"].contains(code) }
}
