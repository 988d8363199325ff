internal import Postgres
public import Workflow

/// Dead letters and fingerprints in Postgres, as people read and change them.
public final class PostgresLetterReader: LetterReading, LetterKeeping {
    private let access: PostgresAccess

    public init(_ access: PostgresAccess) { self.access = access }

    public func letters(_ selection: LetterSelection, state: String?, before: Int?, limit: Int) throws(AccessFailure)
        -> [LetterEntry]
    {
        var conditions = SQLConditions(selection, state: state)
        if let before { conditions.add("d.id < \(conditions.place(.int8, .int8(before)))", "i") }
        let sql = conditions.sql
        let place = conditions.place(.int8, .int8(limit))
        let statement = PostgresStatement(
            "letters_list_" + conditions.name, conditions.types,
            sql: "SELECT \(Self.columns) FROM dead_letters d WHERE \(sql) ORDER BY d.id DESC LIMIT \(place)")
        return try access.query(statement, conditions.parameters).map(Self.letter)
    }

    public func letter(_ name: String) throws(AccessFailure) -> LetterEntry? {
        let found =
            if let id = Int(name) {
                try access.query(Self.byID, [.int8(id)])
            } else {
                try access.query(Self.byMessageID, [.string(name)])
            }
        return found.first.map { row in
            var letter = Self.letter(row)
            letter.task = row.bytes(20)?[...]
            letter.original = row.bytes(21)?[...]
            letter.value = row.bytes(22)?[...]
            return letter
        }
    }

    public func fingerprints(_ filter: FingerprintFilter) throws(AccessFailure) -> [FingerprintEntry] {
        var conditions = SQLConditions(of: "f")
        conditions.equal("owner", filter.owner, "o")
        conditions.equal("handler", filter.handler, "h")
        var sql = conditions.sql
        var name = "fingerprints_" + conditions.name
        if !filter.includesMuted { (sql, name) = (sql + " AND NOT f.muted", name + "m") }
        if filter.isOpen { (sql, name) = (sql + " AND \(Self.hasOpen)", name + "p") }
        if let before = filter.before {
            let time = conditions.place(.timestamptz, .timestamptz(before.seen))
            let id = conditions.place(.text, .string(before.id))
            (sql, name) = (sql + " AND (f.last_seen, f.fingerprint) < (\(time), \(id))", name + "b")
        }
        let place = conditions.place(.int8, .int8(filter.limit))
        let statement = PostgresStatement(
            name, conditions.types,
            sql: """
                SELECT \(Self.fingerprintColumns) FROM fingerprints f WHERE \(sql)
                ORDER BY f.last_seen DESC, f.fingerprint DESC LIMIT \(place)
                """)
        return try access.query(statement, conditions.parameters).map(Self.fingerprint)
    }

    public func fingerprint(_ id: String) throws(AccessFailure) -> FingerprintEntry? {
        try access.query(Self.oneFingerprint, [.string(id)]).first.map(Self.fingerprint)
    }

    public func discard(_ messageID: String, _ wish: Wish) throws(AccessFailure) -> Bool {
        try access.query(Self.discard, [.string(messageID)] + wish.parameters)[0].int(0) ?? 0 > 0
    }

    public func annotate(_ fingerprint: String, _ annotation: FingerprintAnnotation, _ wish: Wish)
        throws(AccessFailure) -> Bool
    {
        let parameters: [PostgresParameter] = [
            annotation.note.map(PostgresParameter.string) ?? .null,
            annotation.owner.map(PostgresParameter.string) ?? .null,
            annotation.isMuted.map(PostgresParameter.bool) ?? .null,
        ]
        return try access.query(Self.annotate, [.string(fingerprint)] + wish.parameters + parameters)[0].int(0) ?? 0 > 0
    }
}

extension Wish {
    /// Request id, actor, reason.
    var parameters: [PostgresParameter] {
        [
            .string(requestID), actor.map(PostgresParameter.string) ?? .null,
            reason.map(PostgresParameter.string) ?? .null,
        ]
    }
}

extension PostgresLetterReader {
    private static func letter(_ row: PostgresRow) -> LetterEntry {
        var letter = LetterEntry()
        letter.id = row.int(0) ?? 0
        letter.messageID = row.string(1) ?? ""
        letter.kind = row.string(2) ?? ""
        letter.reason = row.string(3) ?? ""
        letter.runID = row.string(4)
        letter.taskID = row.string(5)
        letter.handler = row.string(6)
        letter.attempts = row.int(7) ?? 0
        letter.error = row.string(8) ?? ""
        letter.errorClass = row.string(9)
        letter.errorType = row.string(10)
        letter.failedAt = row.string(11) ?? ""
        letter.sessionID = row.string(12)
        letter.tenantID = row.string(13)
        letter.flowID = row.string(14)
        letter.fingerprint = row.string(15) ?? ""
        letter.state = row.string(16) ?? ""
        letter.closedAt = row.string(17)
        letter.closedBy = row.string(18)
        letter.closedReason = row.string(19)
        return letter
    }

    private static func fingerprint(_ row: PostgresRow) -> FingerprintEntry {
        var print = FingerprintEntry()
        print.fingerprint = row.string(0) ?? ""
        print.handler = row.string(1)
        print.errorClass = row.string(2)
        print.errorType = row.string(3)
        print.pattern = row.string(4) ?? ""
        print.example = row.string(5) ?? ""
        print.firstSeen = row.string(6) ?? ""
        print.lastSeen = row.string(7) ?? ""
        print.lastSeenTime = row.unixMicroseconds(8) ?? 0
        print.letters = row.int(9) ?? 0
        print.open = row.int(10) ?? 0
        print.note = row.string(11)
        print.owner = row.string(12)
        print.isMuted = row.bool(13) ?? false
        print.trend = (row.string(14) ?? "").split(separator: ",").compactMap { Int($0) }
        return print
    }

    private static let columns = """
        d.id, d.message_id, d.kind, d.reason, d.run_id, d.task_id, d.handler, d.attempts, d.error, d.error_class,
        d.error_type, \(rfc3339("d.failed_at")), d.session_id, d.tenant_id, d.flow_id, d.fingerprint, d.state,
        \(rfc3339("d.closed_at")), d.closed_by, d.closed_reason
        """

    private static let byID = PostgresStatement(
        "letters_by_id", [.int8], sql: "SELECT \(columns), task, original, value FROM dead_letters d WHERE id = $1")
    private static let byMessageID = PostgresStatement(
        "letters_by_message_id", [.text],
        sql: "SELECT \(columns), task, original, value FROM dead_letters d WHERE message_id = $1")

    private static let hasOpen =
        "EXISTS (SELECT FROM dead_letters d WHERE d.fingerprint = f.fingerprint AND d.state = 'open')"

    /// The trend goes through the last 24 hours, those without a letter included.
    private static let fingerprintColumns = """
        f.fingerprint, f.handler, f.error_class, f.error_type, f.pattern, f.example, \(rfc3339("f.first_seen")),
        \(rfc3339("f.last_seen")), f.last_seen, f.letters,
        (SELECT count(*) FROM dead_letters d WHERE d.fingerprint = f.fingerprint AND d.state = 'open'),
        f.note, f.owner, f.muted,
        (SELECT string_agg(coalesce(h.letters, 0)::text, ',' ORDER BY hours.hour)
         FROM generate_series(date_trunc('hour', now(), 'UTC') - interval '23 hours',
                              date_trunc('hour', now(), 'UTC'), interval '1 hour') AS hours (hour)
         LEFT JOIN fingerprint_hours h ON h.fingerprint = f.fingerprint AND h.hour = hours.hour)
        """

    private static let oneFingerprint = PostgresStatement(
        "fingerprints_one", [.text],
        sql: "SELECT \(fingerprintColumns) FROM fingerprints f WHERE f.fingerprint = $1")

    private static let discard = PostgresStatement(
        "letters_discard", [.text, .text, .text, .text],
        sql: """
            WITH closed AS (
                UPDATE dead_letters SET state = 'discarded', closed_at = clock_timestamp(), closed_by = $3,
                       closed_reason = $4
                WHERE message_id = $1 AND state = 'open'
                  AND NOT EXISTS (SELECT FROM campaign_items i
                                  WHERE i.message_id = $1 AND i.status IN ('waiting', 'sent'))
                RETURNING message_id, run_id
            ), noted AS (
                INSERT INTO audit_log (request_id, action, run_id, actor, reason, outcome, detail, at)
                SELECT $2, 'dead_letter_discard', run_id, $3, $4, 'done', message_id, clock_timestamp() FROM closed)
            SELECT count(*) FROM closed
            """)

    private static let annotate = PostgresStatement(
        "fingerprints_annotate", [.text, .text, .text, .text, .text, .text, .bool],
        sql: """
            WITH changed AS (
                UPDATE fingerprints
                SET note = CASE WHEN $5 IS NULL THEN note ELSE nullif($5, '') END,
                    owner = CASE WHEN $6 IS NULL THEN owner ELSE nullif($6, '') END, muted = coalesce($7, muted)
                WHERE fingerprint = $1 RETURNING fingerprint
            ), noted AS (
                INSERT INTO audit_log (request_id, action, actor, reason, outcome, detail, at)
                SELECT $2, 'fingerprint_annotate', $3, $4, 'done', fingerprint, clock_timestamp() FROM changed)
            SELECT count(*) FROM changed
            """)
}
