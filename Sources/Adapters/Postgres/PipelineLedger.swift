/// Keeps count of what a pipeline sent and what came back, and decides its outcome. Pure: no libpq, no I/O, no clock.
///
/// One implicit transaction ends with one Sync, so the server can commit only after it has read the whole Sync, and
/// says so with the ready-for-query behind it. Hence:
/// - `idle`: nothing is under way. `begin` leads to filling.
/// - `filling`: statements go out, the Sync does not exist: a lost connection cannot have committed.
/// - `flushing`: the Sync is the last thing in our buffer and not all of that is written: still cannot have committed.
/// - `sent`: everything is written. Until the answer comes, a lost connection may or may not have committed, unless an
///   ERROR of a statement was read before: then the transaction is aborted, whatever comes.
/// - `ended`: the outcome stands.
struct PipelineLedger {
    enum Phase { case idle, filling, flushing, sent, ended }
    private enum Entry {
        case prepare(String, statement: Int)
        case execute(Int)
    }

    private(set) var phase = Phase.idle
    private(set) var outcome: PostgresOutcome?
    private(set) var statements = 0
    private var entries: [Entry] = []
    private var preparing: Set<String> = []
    private var position = 0
    private var results: [PostgresResult] = []
    private var refusal: PostgresError?

    var isUnderWay: Bool { phase == .filling || phase == .flushing || phase == .sent }

    mutating func begin() {
        self = PipelineLedger()
        phase = .filling
    }

    /// A statement was declared for preparation ahead of its execution.
    mutating func prepared(_ name: String) {
        entries.append(.prepare(name, statement: statements))
        preparing.insert(name)
    }

    func isPreparing(_ name: String) -> Bool { preparing.contains(name) }

    mutating func executed() {
        entries.append(.execute(statements))
        statements += 1
    }

    mutating func synced() {
        if phase == .filling { phase = .flushing }
    }

    /// All bytes have left our buffer.
    mutating func flushed() {
        if phase == .flushing { phase = .sent }
    }

    /// Success of the next entry. Gives the name of a statement that is now prepared.
    mutating func succeeded(_ result: PostgresResult) -> String? {
        guard position < entries.count else { return nil }
        defer { position += 1 }
        switch entries[position] {
        case .prepare(let name, _): return name
        case .execute:
            results.append(result)
            return nil
        }
    }

    /// An entry that the server skipped because of an earlier error.
    mutating func skipped() { position += 1 }

    /// An ERROR of the server: the transaction is aborted. It may also come at the Sync, from a deferred constraint.
    mutating func failed(_ error: PostgresError) {
        if refusal == nil { refusal = located(error) }
        position += 1
    }

    /// The server is ready again: the transaction is over.
    mutating func answered() {
        if let refusal { end(.refused(refusal)) } else { end(.committed(results)) }
    }

    /// The connection is of no use any more, for whatever reason.
    mutating func lost(_ error: PostgresError) {
        guard isUnderWay else { return }
        if let refusal { return end(.refused(refusal)) }
        end(phase == .sent ? .unknown(located(error)) : .refused(located(error)))
    }

    private mutating func end(_ outcome: PostgresOutcome) {
        guard self.outcome == nil else { return }
        self.outcome = outcome
        phase = .ended
        entries = []
        results = []
    }

    private func located(_ error: PostgresError) -> PostgresError {
        guard position < entries.count else { return error }
        var error = error
        switch entries[position] {
        case .prepare(_, let statement), .execute(let statement): error.statement = statement
        }
        return error
    }
}
