import Workflow

/// The breakers that all workers share. Each looks, the first to write decides.
extension RetryWorker {
    /// At most once in its time: attempts that fail make retry rows, and those wake the worker.
    func lookAtBreakers() {
        let now = clock.monotonic
        guard now - lastBreakerLook >= limits.breakerLook else { return }
        lastBreakerLook = now
        let found = ask { () throws(StoreError) in
            try self.store.breakers(window: self.policy.window, minimum: self.policy.minimum)
        }
        guard let readings = found else { return }
        hasOpenBreakers = readings.contains { $0.state != .closed || $0.recent.failed > 0 }
        observer.noticed(.breakers(readings.filter { $0.state != .closed }))
        for reading in readings where batch == nil { act(on: reading) }
    }

    private func act(on reading: BreakerReading) {
        switch CircuitBreaker.decide(reading, policy) {
        case .stay: return
        case .open:
            let isDone = ask { () throws(StoreError) in try self.store.open(reading) }
            if isDone == true { observer.noticed(.breakerOpened(reading)) }
        case .wave(let size):
            let now = clock.monotonic
            let wave = ask { () throws(StoreError) in
                try self.store.wave(reading, size: size, lasts: self.limits.claim)
            }
            guard let released = wave.flatMap({ $0 }) else { return }
            observer.noticed(.breakerWave(reading, released: released.count))
            take(released, claimedAt: now)
        case .close:
            let isDone = ask { () throws(StoreError) in try self.store.close(reading) }
            if isDone == true { observer.noticed(.breakerClosed(reading)) }
        }
    }
}
