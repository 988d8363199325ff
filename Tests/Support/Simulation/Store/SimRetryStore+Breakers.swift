import Workflow

/// The breaker of the one handler there is.
extension SimRetryStore {
    func breakers(window: Microseconds, minimum: Int) throws(StoreError) -> [BreakerReading] {
        try ask("breakers")
        guard world.plan.hasBreakers else { return [] }
        let breaker = store.tables.breaker
        if breaker.state == .closed { free() }
        var reading = BreakerReading(
            handler: "script", tenantID: "default", state: breaker.state, version: breaker.version,
            age: breaker.version == 0 ? 0 : store.now - breaker.changedAt, openings: breaker.openings,
            waveSize: breaker.waveSize)
        for outcome in store.tables.outcomes
        where outcome.at >= store.now - window && outcome.at > breaker.changedAt {
            reading.recent.succeeded += outcome.succeeded
            reading.recent.failed += outcome.failed
        }
        for key in breaker.wave { count(key, &reading.wave) }
        return breaker.state != .closed || reading.recent.failed >= minimum ? [reading] : []
    }

    private func count(_ key: AttemptKey, _ wave: inout OutcomeCount) {
        let attempt = store.tables.attempts[key]
        let failures: [ErrorClass] = [.transient, .timeout, .workerLost, .poison]
        let status = store.tables.tasks[key.runID]?[key.taskID]?.status
        let run = store.tables.runs[key.runID]?.state.status
        if let errorClass = attempt?.errorClass, failures.contains(errorClass) {
            wave.failed += 1
        } else if attempt.map({ $0.status != .cancelled }) ?? false || status?.isUsable == true {
            wave.succeeded += 1
        } else if attempt != nil || status?.isOpen == false || run?.isFinal == true || run == .paused
            || store.tables.retries[key]?.isParked == true
        {
            world.count("canary without a verdict")
            wave.voided += 1
        } else {
            wave.pending += 1
        }
    }

    func open(_ reading: BreakerReading) throws(StoreError) -> Bool {
        try change("open breaker", reading) { breaker in
            breaker.openings = breaker.state == .closed ? 1 : breaker.openings + 1
            (breaker.state, breaker.waveSize, breaker.wave) = (.open, 0, [])
            world.count("breaker opened")
        }
    }

    func wave(
        _ reading: BreakerReading, size: Int, lasts: Microseconds
    ) throws(StoreError) -> [ClaimedRetry]? {
        try ask("wave")
        guard store.tables.breaker.version == reading.version else { return nil }
        let ready = store.tables.retries.filter { $0.value.isParked && $0.value.dueAt <= store.now }
        let keys = ready.sorted { ($0.value.dueAt, $0.key.order) < ($1.value.dueAt, $1.key.order) }.prefix(size)
        var breaker = store.tables.breaker
        (breaker.state, breaker.waveSize, breaker.wave) = (.probing, size, Set(keys.map(\.key)))
        (breaker.version, breaker.changedAt) = (breaker.version + 1, store.now)
        store.tables.breaker = breaker
        world.count("breaker wave")
        let claimed = keys.compactMap { take($0.key, lasts: lasts) }
        try afterwards("wave")
        return claimed
    }

    func close(_ reading: BreakerReading) throws(StoreError) -> Bool {
        try change("close breaker", reading) { breaker in
            (breaker.state, breaker.openings, breaker.waveSize, breaker.wave) = (.closed, 0, 0, [])
            world.count("breaker closed")
            free()
        }
    }

    /// Also what was parked while the breaker closed.
    private func free() {
        guard world.mutant != .parkedForgotten else { return }
        for (key, row) in store.tables.retries where row.isParked { store.tables.retries[key]?.isParked = false }
    }

    private func change(
        _ call: String, _ reading: BreakerReading, _ body: (inout Tables.Breaker) -> Void
    ) throws(StoreError) -> Bool {
        try ask(call)
        guard store.tables.breaker.version == reading.version else { return false }
        var breaker = store.tables.breaker
        body(&breaker)
        (breaker.version, breaker.changedAt) = (breaker.version + 1, store.now)
        store.tables.breaker = breaker
        try afterwards(call)
        return true
    }
}
