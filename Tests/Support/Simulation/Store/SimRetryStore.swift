import Workflow

/// One retry worker's connection to the model's Postgres: the claim columns of `task_retries`.
final class SimRetryStore: SimConnection, RetryStore {
    func claim(_ wanted: RetryClaim) throws(StoreError) -> [ClaimedRetry] {
        try ask("claim")
        let now = store.now
        let due = store.tables.retries.filter { _, row in
            let lateness = now - row.dueAt
            let isFree = world.mutant == .claimsTwice || (row.claimedUntil ?? 0) <= now
            return lateness >= wanted.from && lateness < wanted.below ?? .max && isFree && !row.isParked
        }
        let keys = due.sorted { ($0.value.dueAt, $0.key.order) < ($1.value.dueAt, $1.key.order) }.map(\.key)
            .prefix(wanted.limit)
        var claimed: [ClaimedRetry] = []
        for key in keys {
            if store.tables.breaker.state != .closed {
                world.count("retry parked")
                park(key)
                continue
            }
            guard let retry = take(key, lasts: wanted.lasts) else { continue }
            claimed.append(retry)
            if world.mutant == .removedAtClaim {
                world.check.removing(key, by: me)
                store.tables.retries[key] = nil
            }
        }
        try afterwards("claim")
        return claimed
    }

    func renew(_ keys: [AttemptKey], lasts: Microseconds) throws(StoreError) -> Set<AttemptKey> {
        try ask("renew")
        let ours = keys.filter { isMine($0) }
        for key in ours { store.tables.retries[key]?.claimedUntil = store.now + lasts }
        try afterwards("renew")
        return Set(ours)
    }

    func remove(_ keys: [AttemptKey]) throws(StoreError) {
        try ask("remove")
        for key in keys where isMine(key) {
            world.check.removing(key, by: me)
            store.tables.retries[key] = nil
        }
        try afterwards("remove")
    }

    func release(_ keys: [AttemptKey], after delay: Microseconds) throws(StoreError) {
        try ask("release")
        for key in keys where isMine(key) {
            store.tables.retries[key]?.claimedUntil = store.now + delay
            store.tables.retries[key]?.claimedBy = nil
        }
        try afterwards("release")
    }

    private func isMine(_ key: AttemptKey) -> Bool {
        guard let row = store.tables.retries[key] else { return false }
        return row.claimedBy == me.name && row.claimedUntil != nil
    }

    func untilNextDue() throws(StoreError) -> Microseconds? {
        try ask("untilNextDue")
        return store.tables.retries.values.map { max($0.dueAt, $0.claimedUntil ?? 0) - store.now }.min()
    }

    func backlog() throws(StoreError) -> RetryBacklog {
        try ask("backlog")
        return RetryBacklog(overdue: 0, oldest: 0, parked: 0)
    }

    func wait(_ span: Microseconds) {}
}

extension SimRetryStore {
    /// Claims one row.
    func take(_ key: AttemptKey, lasts: Microseconds) -> ClaimedRetry? {
        guard var row = store.tables.retries[key] else { return nil }
        world.check.claiming(key, row, by: me)
        let retry = ClaimedRetry(
            key: key, handler: "script",
            pool: "default", message: row.message, lateness: store.now - row.dueAt,
            isTakenOver: row.claimedUntil != nil)
        (row.claimedUntil, row.claimedBy, row.isParked) = (store.now + lasts, me.name, false)
        store.tables.retries[key] = row
        return retry
    }

    func park(_ key: AttemptKey) {
        store.tables.retries[key]?.claimedUntil = nil
        store.tables.retries[key]?.claimedBy = me.name
        store.tables.retries[key]?.isParked = true
    }
}

extension AttemptKey {
    /// Something to sort by.
    var order: String { "\(runID)/\(taskID)/\(attempt)" }
}
