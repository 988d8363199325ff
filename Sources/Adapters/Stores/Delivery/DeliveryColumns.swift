import Postgres
import Workflow

/// Notes as columns.
struct DeliveryColumns {
    let tries: [PostgresParameter]
    let notes: [PostgresParameter]

    init(_ rows: [DeliveryNote]) {
        let t = Self.columns([.int8, .int4, .int4, .text, .text, .timestamptz, .text, .int4, .int8, .text])
        let n = Self.columns([
            .int8, .int4, .text, .int8, .int4, .int4, .text, .text, .jsonb, .text, .text, .text, .text, .text,
        ])
        for row in rows {
            for (part, attempt) in row.attempts.enumerated() {
                t[0].append(Int(row.id))
                t[1].append(Int(row.claim))
                t[2].append(part)
                t[3].append(attempt.notice.rawValue)
                t[4].append(attempt.channel)
                t[5].append(unixMicroseconds: attempt.at)
                t[6].append(attempt.outcome)
                t[7].append(attempt.code)
                t[8].append(attempt.latency.map { Int($0) })
                t[9].append(attempt.error)
            }
            n[0].append(Int(row.id))
            n[1].append(Int(row.claim))
            n[2].append(row.state.rawValue)
            n[3].append(Int(row.delay))
            n[4].append(row.place)
            n[5].append(row.tries)
            n[6].append(row.channel)
            n[7].append(row.error)
            n[8].append(row.memo)
            n[9].append(row.kept?.resultID)
            n[10].append(row.kept?.status)
            n[11].append(row.kept?.reason)
            n[12].append(row.kept?.depth)
            n[13].append(row.kept?.results)
        }
        (tries, notes) = (t.map { .array($0) }, n.map { .array($0) })
    }

    private static func columns(_ types: [PostgresType]) -> [PostgresArrayBuilder] {
        types.map { PostgresArrayBuilder($0) }
    }
}
