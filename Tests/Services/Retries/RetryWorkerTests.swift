import Platform
import Testing
import Workflow

@testable import Retries

@Suite struct RetryWorkerTests {
    private let clock = TwinClock()
    private let store: TwinRetryStore
    private let log: TwinRetryLog
    private let observer = TwinObserver()

    init() {
        store = TwinRetryStore(clock)
        log = TwinRetryLog(clock)
    }

    private func worker(_ change: (inout RetryLimits) -> Void = { _ in }) -> RetryWorker {
        var limits = RetryLimits()
        change(&limits)
        return RetryWorker(store: store, log: log, clock: clock, observer: observer, limits: limits)
    }

    @Test func `what is due is claimed, published, and removed once it is reported`() {
        store.add("a", due: -2)
        store.add("b", due: -1)
        worker().step()
        #expect(log.published.map(\.runID) == ["a", "b"])
        #expect(store.rows.isEmpty)
        #expect(observer.points == [.claimed, .publishedNotDeleted])
    }

    @Test func `it sleeps until the next due time, and never longer than the poll interval`() {
        let worker = worker()
        store.add("soon", due: 1_234_567)
        worker.step()
        #expect(store.waits == [1_234_567])
        worker.step()
        #expect(log.published.count == 1)
        worker.step()
        #expect(store.waits.last == 5_000_000)
    }

    @Test func `rows stay until the last report, and claims are renewed meanwhile`() {
        let worker = worker()
        log.holdsReports = true
        store.add("a")
        worker.step()
        clock.monotonic += 1_500_000
        worker.step()
        #expect(store.calls.filter { $0 == "renew" }.count == 1 && store.rows.count == 1)
        let until = store.rows.values.first?.claimedUntil ?? 0
        #expect(until > clock.monotonic + 4_000_000)
        log.holdsReports = false
        worker.step()
        #expect(store.rows.isEmpty && log.published.count == 1)
    }

    @Test func `what was not delivered goes again, what was loses its row`() {
        let worker = worker()
        store.add("a")
        store.add("b")
        log.outcomes["b"] = .undelivered("no leader")
        worker.step()
        #expect(store.rows.keys.map(\.runID) == ["b"])
        worker.step()
        #expect(store.waits == [1_000_000])
        worker.step()
        #expect(store.rows.isEmpty && log.published.map(\.runID) == ["a", "b", "b"])
    }

    @Test func `a message that the log never takes fails its attempt`() {
        store.add("a")
        log.outcomes["a"] = .refused("too large")
        worker().step()
        #expect(log.failed.map(\.runID) == ["a"] && store.rows.isEmpty)
    }

    @Test func `a worker that slept past its claims publishes only what is still its own`() {
        let worker = worker()
        store.add("a")
        store.add("b")
        let found = (try? store.claim(RetryClaim(limit: 10, lasts: 5_000_000))) ?? []
        worker.take(found, claimedAt: clock.monotonic)
        clock.monotonic += 60_000_000
        let stolen = AttemptKey(runID: "b", taskID: "t", attempt: 1)
        store.rows[stolen]?.claimedBy = "other"
        worker.step()
        #expect(log.published.map(\.runID) == ["a"])
        #expect(store.rows.keys.map(\.runID) == ["b"])
    }

    @Test func `a removal that the store did not answer is repeated, and nothing is published again`() {
        let worker = worker()
        log.holdsReports = true
        store.add("a")
        worker.step()
        log.holdsReports = false
        store.away = "connection lost"
        worker.step()
        worker.step()
        #expect(store.rows.count == 1)
        store.away = nil
        worker.step()
        #expect(store.rows.isEmpty && log.published.count == 1)
    }

    @Test func `nothing is claimed while the log is away`() {
        log.words = "all brokers down"
        store.add("a")
        let worker = worker()
        worker.step()
        #expect(store.calls.isEmpty)
        log.words = nil
        worker.step()
        #expect(log.published.count == 1)
    }

    @Test func `overdue retries keep to the rate, punctual ones go first`() {
        let worker = worker { $0.rate = 100 }
        for number in 0..<600 { store.add("old\(number)", due: -3_600_000_000) }
        store.add("fresh")
        let start = clock.monotonic
        worker.step()
        #expect(log.published.first?.runID == "fresh" && log.published.count <= 11)
        while clock.monotonic < start + 3_000_000 { worker.step() }
        let seconds = Double(clock.monotonic - start) / 1e6
        let rate = Double(log.published.count - 11) / seconds
        #expect((85...101).contains(rate), "\(rate) a second")
    }

    @Test func `stopping ends after what is claimed is on its way`() {
        let worker = worker()
        log.holdsReports = true
        store.add("a")
        worker.step()
        worker.stop()
        store.add("b")
        #expect(!worker.hasStopped)
        log.holdsReports = false
        worker.step()
        #expect(worker.hasStopped && log.published.map(\.runID) == ["a"])
    }

    @Test func `canaries of an open breaker are published by whoever let them out`() {
        store.readings = [
            BreakerReading(handler: "http", tenantID: "acme", state: .open, version: 1, age: 30_000_000, openings: 1)
        ]
        for number in 0..<9 { store.add("r\(number)") }
        worker().step()
        #expect(store.calls.contains("wave 3") && log.published.count == 3)
    }
}
