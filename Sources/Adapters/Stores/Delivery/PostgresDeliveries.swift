internal import Postgres
public import Workflow

/// Deliveries and their tries, for people; and the wish that some of them go again.
public final class PostgresDeliveries: DeliveryReading {
    private let access: PostgresAccess

    public init(_ access: PostgresAccess) { self.access = access }

    public func deliveries(
        _ wanted: DeliverySelection, before: Int?, limit: Int
    ) throws(AccessFailure) -> [DeliveryEntry] {
        var list = SQLConditions(wanted)
        if let before { list.add("d.id < \(list.place(.int8, .int8(before)))", "k") }
        let most = list.place(.int8, .int8(limit))
        let statement = PostgresStatement(
            "delivery_list_\(list.name)", list.types,
            sql: "SELECT \(Self.columns) FROM deliveries d WHERE \(list.sql) ORDER BY d.id DESC LIMIT \(most)")
        return try access.query(statement, list.parameters).map(Self.entry)
    }

    public func delivery(_ id: Int, tenantID: String?) throws(AccessFailure) -> DeliveryEntry? {
        var wanted = DeliverySelection()
        (wanted.ids, wanted.tenantID) = ([id], tenantID)
        return try deliveries(wanted, before: nil, limit: 1).first
    }

    public func tries(of id: Int, limit: Int) throws(AccessFailure) -> [TryEntry] {
        try access.query(Self.triesOf, [.int8(id), .int8(limit)]).map { row in
            var entry = TryEntry()
            entry.at = row.string(0) ?? ""
            entry.notice = row.string(1) ?? ""
            entry.channel = row.string(2) ?? ""
            entry.outcome = row.string(3) ?? ""
            entry.code = row.int(4)
            entry.latencyMilliseconds = row.int(5).map { Double($0) / 1_000 }
            entry.error = row.string(6)
            entry.courier = row.string(7) ?? ""
            return entry
        }
    }

    /// Its endpoint may have said that it is gone: whoever replays knows better. One request id at a time: whoever
    /// repeats it waits for the first, and is answered what that one did.
    public func replay(_ wanted: DeliverySelection, limit: Int, _ wish: Wish) throws(AccessFailure) -> [Int] {
        var list = SQLConditions(wanted)
        let request = list.place(.text, .string(wish.requestID))
        let tenant = list.place(.text, wanted.tenantID.map { .string($0) } ?? .null)
        let actor = list.place(.text, wish.actor.map { .string($0) } ?? .null)
        let reason = list.place(.text, wish.reason.map { .string($0) } ?? .null)
        let most = list.place(.int8, .int8(limit))
        let statement = PostgresStatement(
            "delivery_replay_\(list.name)", list.types,
            sql: """
                WITH before AS MATERIALIZED (
                    SELECT id, run_id, action, detail FROM audit_log
                    WHERE request_id = \(request) AND (\(tenant) IS NULL OR tenant_id = \(tenant))),
                chosen AS MATERIALIZED (
                    SELECT d.id FROM deliveries d
                    WHERE d.kind = 'end' AND d.state <> 'waiting' AND d.event IS NOT NULL AND \(list.sql)
                        AND NOT EXISTS (SELECT FROM before WHERE action = 'delivery_replay' OR run_id = d.run_id)
                    ORDER BY d.id LIMIT \(most) FOR UPDATE),
                again AS (
                    UPDATE deliveries d
                    SET state = 'waiting', place = 0, tries = 0, due_at = now(), claimed_until = NULL,
                        claimed_by = NULL, error = NULL, memo = NULL, ended_at = NULL
                    FROM chosen WHERE d.id = chosen.id RETURNING d.id, d.run_id, d.tenant_id),
                enabled AS (
                    DELETE FROM delivery_endpoints e USING (
                        SELECT encode(sha256(convert_to(c.entry ->> 'url', 'UTF8')), 'hex') AS hash
                        FROM again JOIN flow_run_history r ON r.run_id = again.run_id,
                             LATERAL jsonb_array_elements(
                                 CASE jsonb_typeof(r.config_snapshot->'delivery') WHEN 'array'
                                     THEN r.config_snapshot->'delivery' ELSE '[]' END) AS c(entry)
                        WHERE jsonb_typeof(c.entry) = 'object' AND c.entry ->> 'url' IS NOT NULL) AS u
                    WHERE e.url_sha256 = u.hash),
                told AS (
                    INSERT INTO audit_log (request_id, action, run_id, actor, reason, outcome, detail, at, tenant_id)
                    SELECT \(request), 'delivery_replay', run_id, \(actor), \(reason), 'done',
                           'deliveries ' || string_agg(id::text, ', ' ORDER BY id), now(), min(tenant_id)
                    FROM again GROUP BY run_id)
                SELECT id FROM again
                UNION ALL
                SELECT unnest(string_to_array(substr(detail, length('deliveries ') + 1), ', '))::bigint
                FROM before WHERE action = 'delivery_replay'
                ORDER BY 1
                """)
        let answers = try access.together([
            (Self.oneReplay, [.string(wish.requestID)]), (statement, list.parameters), (Self.announce, []),
        ])
        return answers[1].compactMap { $0.int(0) }
    }

    /// $1 request id
    private static let oneReplay = PostgresStatement(
        "delivery_one_replay", [.text], sql: "SELECT pg_advisory_xact_lock(hashtextextended('replay/' || $1, 0))")
    private static let announce = PostgresStatement(
        "delivery_announce", sql: "SELECT deliveries_announce(now())")

    private static let columns = """
        d.id, d.run_id, d.ending, d.kind, d.flow_id, d.tenant_id, d.user_id, d.session_id, d.state, d.channel,
        (SELECT count(*) FROM delivery_attempts a WHERE a.delivery_id = d.id),
        CASE WHEN d.state = 'waiting' THEN \(rfc3339("d.due_at")) END, d.error, \(rfc3339("d.created_at")),
        \(rfc3339("d.ended_at"))
        """
    private static let triesOf = PostgresStatement(
        "delivery_tries", [.int8, .int8],
        sql: """
            SELECT \(rfc3339("at")), notice, channel, outcome, code, latency_us, error, courier FROM (
                SELECT * FROM delivery_attempts WHERE delivery_id = $1 ORDER BY id DESC LIMIT $2) AS newest
            ORDER BY id
            """)

    private static func entry(_ row: PostgresRow) -> DeliveryEntry {
        var entry = DeliveryEntry()
        entry.id = row.int(0) ?? 0
        entry.runID = row.string(1) ?? ""
        entry.ending = row.int(2) ?? 1
        entry.kind = row.string(3) ?? ""
        entry.flowID = row.string(4) ?? ""
        entry.tenantID = row.string(5) ?? ""
        entry.userID = row.string(6) ?? ""
        entry.sessionID = row.string(7) ?? ""
        entry.state = row.string(8) ?? ""
        entry.channel = row.string(9)
        entry.tries = row.int(10) ?? 0
        entry.dueAt = row.string(11)
        entry.error = row.string(12)
        entry.createdAt = row.string(13) ?? ""
        entry.endedAt = row.string(14)
        return entry
    }
}

extension SQLConditions {
    /// Of a selection of deliveries; the query calls the delivery `d`.
    fileprivate init(_ wanted: DeliverySelection) {
        self.init(of: "d")
        if let ids = wanted.ids {
            let numbers = PostgresArrayBuilder(.int8)
            for id in ids { numbers.append(id) }
            add("d.id = ANY (\(place(.array(.int8), .array(numbers))))", "i")
        }
        if let after = wanted.after { add("d.id > \(place(.int8, .int8(after)))", "a") }
        equal("run_id", wanted.runID, "r")
        equal("state", wanted.state, "z")
        equal("channel", wanted.channel, "c")
        equal("tenant_id", wanted.tenantID, "t")
        between(wanted.since, wanted.until, "created_at")
    }
}
