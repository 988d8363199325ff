import Platform
import Workflow

/// Claimed rows on their way to their queues.
extension RetryWorker {
    func advance() {
        if batch?.isSent == false { send() }
        guard batch != nil else { return }
        collect()
        if batch?.unreported.isEmpty == true { settle() } else { renew() }
    }

    /// Hands the messages over. A claim that may have run out meanwhile is renewed first, and what is no longer ours is
    /// left to whoever has it now.
    private func send() {
        guard var sent = batch else { return }
        if clock.monotonic - sent.claimedAt >= limits.claim / 2 {
            let now = clock.monotonic
            let asked = sent.keys
            guard let ours = ask({ () throws(StoreError) in try self.store.renew(asked, lasts: self.limits.claim) })
            else { return }
            let lost = sent.retries.count { !ours.contains($0.key) }
            sent = RetryBatch(sent.retries.filter { ours.contains($0.key) }, claimedAt: now)
            if lost > 0 { observer.noticed(.claimsLost(lost)) }
        }
        sent.isSent = true
        batch = sent.retries.isEmpty ? nil : sent
        if batch != nil { log.publish(sent.retries) }
    }

    private func collect() {
        guard var sent = batch, !sent.unreported.isEmpty else { return }
        for (place, delivery) in log.reports(wait: limits.reportWait) where sent.retries.indices.contains(place) {
            note(place, delivery, &sent)
        }
        batch = sent
    }

    private func note(_ place: Int, _ delivery: RetryDelivery, _ sent: inout RetryBatch) {
        let retry = sent.retries[place]
        switch delivery {
        case .delivered:
            guard sent.report(place, true) else { return }
            let lateness = retry.lateness + max(clock.monotonic - sent.begunAt, 0)
            observer.noticed(.published(retry, lateness: lateness))
        case .undelivered(let words):
            guard sent.report(place, false) else { return }
            observer.noticed(.undelivered(retry, words))
        case .refused(let words):
            // The row may go only when the lane is sure to hear of it.
            guard sent.report(place, log.fail(retry, because: words)) else { return }
            observer.noticed(.refused(retry, words))
        }
    }

    private func renew() {
        guard var sent = batch, clock.monotonic - sent.claimedAt >= limits.renewal else { return }
        let now = clock.monotonic
        let waiting = sent.unreported.sorted().map { sent.retries[$0].key } + sent.delivered + sent.undelivered
        guard ask({ () throws(StoreError) in try self.store.renew(waiting, lasts: self.limits.claim) }) != nil else {
            return
        }
        sent.claimedAt = now
        batch = sent
    }

    /// Everything is reported: what arrived loses its row, what did not comes again. Repeated while the store is away.
    private func settle() {
        guard var sent = batch else { return }
        if !sent.delivered.isEmpty {
            observer.passed(.publishedNotDeleted)
            let gone = sent.delivered
            guard ask({ () throws(StoreError) in try self.store.remove(gone) }) != nil else { return }
            observer.noticed(.removed(gone.count))
            sent.forgetDelivered()
            batch = sent
        }
        if !sent.undelivered.isEmpty {
            let back = sent.undelivered
            guard ask({ () throws(StoreError) in try self.store.release(back, after: self.limits.setback) }) != nil
            else { return }
        }
        batch = nil
    }
}
