import Platform
import Testing
import Workflow

@testable import API
@testable import HTTP

/// Which tasks of a session are tried again, and how their commands leave, over rows in memory.
@Suite struct SessionRetriesTests {
    private func retries(_ rows: SessionRowsTwin) -> SessionRetries { SessionRetries(store: rows) }

    private func failure(_ rows: SessionRowsTwin, _ choice: SessionRetries.Choice) -> ServiceFailure? {
        do throws(ServiceFailure) {
            _ = try retries(rows).choose(choice)
            return nil
        } catch {
            return error
        }
    }

    @Test func `more than a retry takes is refused whole, and a query makes it less`() throws {
        let rows = SessionRowsTwin()
        rows.failed = (0...SessionRetries.limit).map {
            SessionRowsTwin.task("r\(String($0 + 1_000_000))", "a", query: "\($0 % 2)")
        }
        let refused = failure(rows, .init(sessionID: "s"))
        #expect(refused?.code == .conflict && refused?.message.contains("more than 100000 tasks") == true)
        let half = try retries(rows).choose(.init(sessionID: "s", queries: ["1"]))
        #expect(half.taskCount == SessionRetries.limit / 2)
        rows.failed.removeLast()
        let whole = try retries(rows).choose(.init(sessionID: "s"))
        #expect(whole.taskCount == SessionRetries.limit)
    }

    @Test func `findings point to the place in the request, and to the whole where nobody named the task`() {
        let rows = SessionRowsTwin()
        var odd = SessionRowsTwin.task("v1.2:[1]", "fetch")
        odd.live = "x"
        rows.failed = [SessionRowsTwin.task("a", "t"), odd]
        let named = failure(rows, .init(sessionID: "s", tasks: ["a/t", "nobody/t", "17"]))
        #expect(named.map { Problem($0).findings } == [.init("/tasks/2", "17 is no row of failed_tasks")])
        let strange = failure(rows, .init(sessionID: "s", tasks: ["a/t", "nobody/t"]))
        #expect(strange.map { Problem($0).findings } == [.init("/tasks/1", "nobody/t is no task of the session")])
        let live = failure(rows, .init(sessionID: "s", tasks: ["v1.2:[1]/fetch"]))
        let words = "v1.2:[1]/fetch: another retry of its run is live: x"
        #expect(live.map { Problem($0).findings } == [.init("/tasks/0", words)])
        let all = failure(rows, .init(sessionID: "s"))
        #expect(all.map { Problem($0).findings } == [.init("", "task " + words)])
    }

    @Test func `long ids give request ids that differ in every part`() {
        let (long, run) = (String(repeating: "x", count: 150), String(repeating: "r", count: 150))
        let ids = Set(
            [(long + "1", run), (long + "2", run), (long + "1", run + "1")].map { SessionRetries.requestID($0, $1) })
        #expect(ids.count == 3 && ids.allSatisfy { $0.utf8.count <= 255 })
        #expect(SessionRetries.requestID("x", "r") == "x/r")
    }

    @Test func `a retry that is written down is sent, although Kafka took nothing at first`() throws {
        let (rows, keeper, publisher) = (SessionRowsTwin(), RetryKeeperTwin(), PublisherTwin())
        rows.failed = [SessionRowsTwin.task("a", "t"), SessionRowsTwin.task("b", "t")]
        publisher.isAway = true
        let jobs = SessionRetryJobs(retries(rows), keeper: keeper, publisher: publisher, tenantID: nil)
        let plan = try jobs.start(.init(sessionID: "s"), retryID: "x", actor: "ann", reason: nil)
        #expect(plan.taskCount == 2 && publisher.sent.isEmpty)
        let service = SessionRetryService(
            keeper: keeper, publisher: publisher, hub: EventHub(epoch: "e", limit: 1), log: .silent)
        #expect(service.step() == .rest(.seconds(1)), "Kafka is still away")
        publisher.isAway = false
        _ = service.step()
        #expect(publisher.sent.map(\.runID).sorted() == ["a", "b"])
    }

    @Test func `a second cancel answers as the first, and one that has nothing to drop is refused`() throws {
        let (rows, keeper, publisher) = (SessionRowsTwin(), RetryKeeperTwin(), PublisherTwin())
        rows.failed = [SessionRowsTwin.task("a", "t")]
        let jobs = SessionRetryJobs(retries(rows), keeper: keeper, publisher: publisher, tenantID: nil)
        _ = try jobs.start(.init(sessionID: "s"), retryID: "x", actor: "ann", reason: nil)
        keeper.counts = SessionRetryTally([.sent: 1])
        #expect(throws: ServiceFailure.self) { try jobs.cancel("x", of: "s", Wish(requestID: "c")) }
        keeper.counts = SessionRetryTally([.waiting: 1])
        let first = try jobs.cancel("x", of: "s", Wish(requestID: "c", actor: "bob"))
        let second = try jobs.cancel("x", of: "s", Wish(requestID: "d", actor: "eve"))
        #expect(first.0 == second.0 && second.0.cancelledAt != nil && keeper.cancelledBy == ["bob"])
    }

    @Test func `a stream hears how far a retry is, from any gateway, and that it is over`() throws {
        let (keeper, hub) = (RetryKeeperTwin(), EventHub(epoch: "e", limit: 2))
        let feed = try #require(hub.open(EventFilter(sessionID: "s"), after: nil))
        let other = try #require(hub.open(EventFilter(runIDs: ["r"]), after: nil))
        var progress = SessionRetryProgress(retryID: "x", sessionID: "s")
        (progress.runs, progress.waiting, progress.sent) = (10, 4, 3)
        let hint = SessionRetryService.hint(progress)
        let before = hub.count
        #expect(hub.publish([hint]).isEmpty, "it is about no run")
        keeper.progress = [progress]
        let service = SessionRetryService(keeper: keeper, publisher: PublisherTwin(), hub: hub, log: .silent)
        _ = service.step()
        #expect(before == 2 && keeper.looks == 1)
        let text = Self.text(feed)
        #expect(text.contains("event: flowfleet.session_retry.progress\n"), "\(text)")
        #expect(text.contains(#""answered":3"#), "\(text)")
        #expect(!Self.text(other).contains("session_retry"))
    }

    private static func text(_ feed: HTTPEventFeed) -> String {
        guard case .bytes(let bytes) = feed.take(upTo: 1 << 20) else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
