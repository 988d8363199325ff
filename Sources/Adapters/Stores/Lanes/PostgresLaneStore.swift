import JSON
public import Postgres
public import Workflow

/// The lanes' side of Postgres: the only writer of runs and tasks. One session, one thread, a limit on each call.
public final class PostgresLaneStore: LaneStore {
    /// Where registered flows live, when that is another database.
    let registrySettings: PostgresSettings?
    let topics: TopicNames
    let session: StoreSession
    var registry: PostgresConnection?
    var columns = TurnColumns()
    /// Nil until the first run whose delivery may hold a token.
    private var vault: TokenVault?
    private let tokenKey: [UInt8]?

    public init(
        settings: PostgresSettings, registry: PostgresSettings?, topics: TopicNames, clock: any LaneClock,
        tokenKey: [UInt8]? = nil
    ) {
        self.tokenKey = tokenKey
        registrySettings = registry
        self.topics = topics
        session = StoreSession(settings, clock: clock)
    }

    /// Rows of runs as they may be stored: without tokens that could be read. Before a turn's statements begin.
    func withoutTokens(_ runs: [RunRow]) throws(StoreError) -> [RunRow] {
        guard runs.contains(where: { $0.delivery.map(DeliveryTokens.mayStand) ?? false }) else { return runs }
        let vault = try openVault()
        var runs = runs
        for place in runs.indices {
            runs[place].delivery = runs[place].delivery.map { vault.sealed($0, of: runs[place].tenantID) }
        }
        return runs
    }

    private func openVault() throws(StoreError) -> TokenVault {
        if let vault { return vault }
        var keys = [tokenKey].compactMap { $0 }
        if keys.isEmpty { keys = try query(TokenVault.key).compactMap { $0.bytes(0) } }
        let vault = TokenVault(keys)
        self.vault = vault
        return vault
    }

    func connected() throws(StoreError) -> PostgresConnection { try session.connected() }

    func query(_ statement: PostgresStatement, _ parameters: [PostgresParameter] = []) throws(StoreError)
        -> PostgresResult
    {
        try session.query(statement, parameters)
    }

    func together(_ statements: [(PostgresStatement, [PostgresParameter])]) throws(StoreError) -> [PostgresResult] {
        try session.together(statements)
    }
}

extension PostgresRow {
    func identifier(_ column: Int) -> Identifier { Identifier(bytes(column) ?? []) }
    func slice(_ column: Int) -> Bytes? { bytes(column).map { $0[...] } }
    func int32(_ column: Int) -> Int32? { int(column).map { Int32(clamping: $0) } }
    func int64(_ column: Int) -> Int64? { int(column).map { Int64($0) } }
}

extension PostgresArrayBuilder {
    /// One array of texts, for `= ANY($1)`.
    static func texts(_ ids: some Sequence<Identifier>) -> PostgresArrayBuilder {
        let builder = PostgresArrayBuilder(.text)
        for id in ids { builder.append(id.bytes) }
        return builder
    }

    static func lanes(_ lanes: some Sequence<Int32>) -> PostgresArrayBuilder {
        let builder = PostgresArrayBuilder(.int4)
        for lane in lanes { builder.append(Int(lane)) }
        return builder
    }
}
