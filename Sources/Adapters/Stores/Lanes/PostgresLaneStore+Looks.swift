import Postgres
public import Workflow

/// What the looks ask: which runs are due, which attempts have a retry row, which retries are live.
extension PostgresLaneStore {
    /// What was written by a turn that was decided before this look may have an earlier time than this look.
    private static let margin: Microseconds = 2_000_000

    public func dueRuns(_ lookedUntil: [Int32: Microseconds], limit: Int) throws(StoreError) -> DueRuns {
        let (lanes, times) = (PostgresArrayBuilder(.int4), PostgresArrayBuilder(.timestamptz))
        for (lane, time) in lookedUntil {
            lanes.append(Int(lane))
            times.append(unixMicroseconds: time)
        }
        let rows = try query(SQL.dueRuns, [.array(lanes), .array(times), .int8(Int64(limit))])
        var due = DueRuns(runs: [], lookedUntil: lookedUntil)
        var counts: [Int32: Int] = [:]
        var last: [Int32: Microseconds] = [:]
        for row in rows {
            guard let lane = row.int32(0), let now = row.unixMicroseconds(1) else { continue }
            let time = row.unixMicroseconds(2)
            if let time { last[lane] = max(last[lane] ?? time, time) }
            if time != nil { counts[lane, default: 0] += 1 }
            if row.bytes(3) != nil { due.runs.append(row.identifier(3)) }
            let isWhole = counts[lane, default: 0] < limit
            let reached = isWhole ? now - Self.margin : last[lane] ?? 0
            due.lookedUntil[lane] = max(reached, lookedUntil[lane] ?? 0)
        }
        return due
    }

    public func noteLooked(_ lanes: [LaneFence], until times: [Int32: Microseconds]) throws(StoreError) {
        let c = [PostgresArrayBuilder(.int4), PostgresArrayBuilder(.text), PostgresArrayBuilder(.timestamptz)]
        for lane in lanes {
            c[0].append(Int(lane.lane))
            c[1].append(lane.owner)
            c[2].append(unixMicroseconds: times[lane.lane] ?? 0)
        }
        _ = try query(SQL.noteLooked, c.map { .array($0) })
    }

    public func retryRows(of runs: [Identifier]) throws(StoreError) -> Set<AttemptKey> {
        Set(
            try query(SQL.retryRows, [.array(.texts(runs))]).map { row in
                AttemptKey(runID: row.identifier(0), taskID: row.identifier(1), attempt: row.int32(2) ?? 0)
            })
    }

    public func liveRetries(of runs: [Identifier]) throws(StoreError) -> [Identifier: Identifier] {
        let rows = try query(SQL.liveRetries, [.array(.texts(runs))])
        return Dictionary(rows.map { ($0.identifier(0), $0.identifier(1)) }, uniquingKeysWith: { first, _ in first })
    }
}
