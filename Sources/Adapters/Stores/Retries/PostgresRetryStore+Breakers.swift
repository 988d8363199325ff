import Postgres
public import Workflow

/// Breakers: every change names the version it read and who makes it, so that of several workers one succeeds.
extension PostgresRetryStore {
    public func breakers(window: Microseconds, minimum: Int) throws(StoreError) -> [BreakerReading] {
        let results = try together([
            (RetrySQL.sweep, []), (RetrySQL.read, [.int8(window), .int8(minimum)]),
        ])
        return results[1].map { row in
            BreakerReading(
                handler: row.identifier(0), tenantID: row.identifier(1),
                state: BreakerState(rawValue: row.string(2) ?? "") ?? .closed, version: row.int64(3) ?? 0,
                age: row.int64(4) ?? 0, openings: row.int(5) ?? 0, waveSize: row.int(6) ?? 0,
                recent: OutcomeCount(succeeded: row.int(7) ?? 0, failed: row.int(8) ?? 0),
                wave: OutcomeCount(
                    succeeded: row.int(9) ?? 0, failed: row.int(10) ?? 0, pending: row.int(11) ?? 0,
                    voided: row.int(12) ?? 0))
        }
    }

    public func open(_ reading: BreakerReading) throws(StoreError) -> Bool {
        let seen = reading.state == .probing ? reading.wave : reading.recent
        let reason = "\(seen.failed) of \(seen.succeeded + seen.failed) attempts failed"
        let results = try together([
            (RetrySQL.open, named(reading) + [.string(reason)]), (RetrySQL.endWave, named(reading)),
        ])
        return results[0].affected == 1
    }

    public func wave(_ reading: BreakerReading, size: Int, lasts: Microseconds) throws(StoreError) -> [ClaimedRetry]? {
        let results = try together([
            (RetrySQL.probe, named(reading) + [.int8(size)]), (RetrySQL.endWave, named(reading)),
            (RetrySQL.wave, named(reading) + [.int8(size), .int8(lasts)]),
        ])
        return results[0].affected == 1 ? results[2].compactMap(Self.retry) : nil
    }

    public func close(_ reading: BreakerReading) throws(StoreError) -> Bool {
        let results = try together([
            (RetrySQL.close, named(reading)), (RetrySQL.endWave, named(reading)), (RetrySQL.free, named(reading)),
        ])
        return results[0].affected == 1
    }

    private func named(_ reading: BreakerReading) -> [PostgresParameter] {
        [.text(reading.handler.bytes), .text(reading.tenantID.bytes), .int8(reading.version), .string(worker)]
    }
}
