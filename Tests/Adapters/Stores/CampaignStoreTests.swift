import Testing
import Workflow

@testable import Postgres
@testable import Stores

/// Campaigns in a real Postgres: made, led, steered.
@Suite(.enabled(if: TestPostgres.isThere, TestPostgres.reason))
struct CampaignStoreTests {
    private let bench: LetterBench
    private let keeper: PostgresCampaignKeeper
    private let store: PostgresCampaignStore

    init() throws {
        bench = try LetterBench()
        keeper = PostgresCampaignKeeper(PostgresAccess(bench.settings))
        store = PostgresCampaignStore(bench.settings)
    }

    private func addFailed(_ count: Int) throws {
        for number in 0..<count { try bench.addRun("r\(number)", task: "failed", attempts: 1) }
        _ = try bench.store.keep((0..<count).map { bench.letter("m\($0)", run: "r\($0)") })
    }

    private func create(_ id: String, _ change: (inout CampaignPlan) -> Void = { _ in }) throws -> Int {
        var plan = CampaignPlan()
        change(&plan)
        return try keeper.create(id, LetterSelection(), plan, Wish(requestID: "create/\(id)", actor: "ada"))
    }

    @Test func `a dry run tells what can be redriven, and why the rest cannot`() throws {
        try addFailed(2)
        try bench.addRun("done", status: "completed", task: "failed", attempts: 1)
        try bench.addRun("later", task: "failed", attempts: 5)
        try bench.addRun("live", status: "running", task: "failed", attempts: 1)
        try bench.addRun("poison", task: "failed", attempts: 1)
        try bench.addRun("open", task: "cancelled", attempts: 1)
        let others = ["done", "later", "live", "gone", "open"].map { bench.letter("m-" + $0, run: $0) }
        _ = try bench.store.keep(others + [bench.letter("m-poison", run: "poison", reason: "poison")])
        var record = bench.letter("m-record")
        record.letter.kind = .record
        _ = try bench.store.keep([record])
        let preview = try keeper.preview(LetterSelection())
        var found = preview.obstacles.map { "\($0.letters) \($0.obstacle ?? "")" }
        found.sort()
        #expect(preview.redrivable?.letters == 2 && preview.redrivable?.runs == 2)
        #expect(preview.redrivable?.oldest != nil)
        #expect(
            found == [
                "1 its run is completed", "1 its run is gone", "1 its run is running",
                "1 its task has failed again since", "1 its task is cancelled", "1 not a task: nothing can be redriven",
                "1 poison: only when asked for by name",
            ])
        var poison = LetterSelection()
        poison.includesPoison = true
        let with = try keeper.preview(poison)
        #expect(with.redrivable?.letters == 3)
    }

    @Test func `a task that its handler called cancelled can be redriven`() throws {
        try bench.addRun("r", task: "cancelled", attempts: 1)
        _ = try bench.store.keep([bench.letter("m", run: "r")])
        let before = try keeper.preview(LetterSelection())
        try bench.sql("UPDATE task_execution_history SET error_class = 'cancelled'")
        let after = try keeper.preview(LetterSelection())
        #expect(before.redrivable == nil && after.redrivable?.letters == 1)
    }

    @Test func `a letter is in one campaign at a time`() throws {
        try addFailed(3)
        let (first, second) = (try create("a"), try create("b"))
        let preview = try keeper.preview(LetterSelection())
        #expect(first == 3 && second == 0)
        #expect(preview.obstacles.map(\.obstacle) == ["in campaign a already"])
        let discarded = try bench.reader.discard("m0", Wish(requestID: "q"))
        #expect(!discarded)
        let campaign = try #require(try keeper.campaign("a"))
        let isDone = try keeper.apply(.cancel, to: campaign, becoming: .cancelled, Wish(requestID: "cancel"))
        let third = try create("c")
        let over = try keeper.campaign("a")
        #expect(isDone && third == 3)
        #expect(over?.tally.dropped == 3 && over?.endedAt != nil && over?.sentence == "cancel")
    }

    @Test func `letters of one run share a command`() throws {
        try bench.addRun("r", task: "failed", attempts: 1)
        try bench.sql(
            """
            INSERT INTO task_execution_history (run_id, task_id, handler, status, attempts, created_at, updated_at,
                batch, stage_order) VALUES ('r', 'u', 'http', 'failed', 1, now(), now(), 1, 0)
            """)
        try addFailed(1)
        _ = try bench.store.keep([bench.letter("t", run: "r"), bench.letter("u", run: "r", task: "u")])
        _ = try create("a")
        _ = try store.lead(as: "one", for: 10_000_000)
        let items = try store.take(2, of: "a", as: "one")
        #expect(items.count == 3)
        #expect(Set(items.map(\.requestID)).count == 2)
        #expect(RetryRequest.all(for: items, reason: "", actor: nil).map(\.taskIDs) == [["t"], ["t", "u"]])
    }

    @Test func `one drainer leads, and who lost the lead writes nothing`() throws {
        try addFailed(5)
        _ = try create("a") { $0.canary = 0 }
        let other = PostgresCampaignStore(bench.settings)
        let mine = try store.lead(as: "one", for: 10_000_000)
        let theirs = try other.lead(as: "two", for: 10_000_000)
        #expect(mine.map(\.status) == [.running] && theirs.isEmpty)
        let none = try other.take(5, of: "a", as: "two")
        #expect(none.isEmpty)
        let two = try store.take(2, of: "a", as: "one")
        try bench.sql("UPDATE campaigns SET led_until = now() - interval '1 second'")
        let heirs = try other.lead(as: "two", for: 10_000_000)
        try store.note([.init(item: two[0].item, status: .failed, detail: "x")], sentAgain: [], of: "a", as: "one")
        try store.change(mine[0], to: .stopped, "too late", as: "one")
        let tally = try store.tally(of: "a")
        #expect(heirs.map(\.campaignID) == ["a"])
        #expect(tally.underWay == 2 && tally.failed == 0 && tally.waiting == 3)
    }

    @Test func `an item that was put back goes again as another command, once nobody has its run going`() throws {
        try addFailed(2)
        _ = try create("a+1") { $0.canary = 0 }
        _ = try store.lead(as: "one", for: 10_000_000)
        let first = try store.take(2, of: "a+1", as: "one")
        let back = ItemOutcome(item: first[0].item, status: .waiting, detail: "the run has not ended: running")
        try store.note([back], sentAgain: [], of: "a+1", as: "one")
        try bench.sql("UPDATE flow_run_history SET status = 'running', completed_at = NULL WHERE run_id = 'r0'")
        let tally = try store.tally(of: "a+1")
        #expect(tally.waiting == 1 && tally.underWay == 1)
        let none = try store.take(5, of: "a+1", as: "one")
        #expect(none.isEmpty)
        try bench.sql("UPDATE flow_run_history SET status = 'failed', completed_at = now() WHERE run_id = 'r0'")
        let again = try store.take(5, of: "a+1", as: "one")
        let named = first[0].requestID
        #expect(again.map(\.requestID) == [named + "+1"])
        #expect(ItemVerdict.nextRequestID(after: named) == named + "+1")
        try store.note([back], sentAgain: [], of: "a+1", as: "one")
        let third = try store.take(5, of: "a+1", as: "one")
        #expect(third.map(\.requestID) == [named + "+2"])
        #expect(ItemVerdict.nextRequestID(after: named + "+1") == named + "+2")
    }

    @Test func `an item that comes back to a cancelled campaign is dropped`() throws {
        try addFailed(1)
        _ = try create("a") { $0.canary = 0 }
        _ = try store.lead(as: "one", for: 10_000_000)
        let items = try store.take(1, of: "a", as: "one")
        let campaign = try #require(try keeper.campaign("a"))
        _ = try keeper.apply(.cancel, to: campaign, becoming: .cancelled, Wish(requestID: "cancel"))
        let back = ItemOutcome(item: items[0].item, status: .waiting, detail: "the run is just ending")
        try store.note([back], sentAgain: [], of: "a", as: "one")
        try store.end("a", as: "one")
        let over = try keeper.campaign("a")
        #expect(over?.tally.dropped == 1 && over?.tally.underWay == 0 && over?.endedAt != nil)
    }

    @Test func `an outcome is written once, and the counts go with the rows`() throws {
        try addFailed(4)
        _ = try create("a") { $0.canary = 0 }
        let campaign = try store.lead(as: "one", for: 10_000_000)[0]
        let items = try store.take(3, of: "a", as: "one")
        let outcomes = zip(items, [ItemOutcome.Status.succeeded, .failed, .refused]).map {
            ItemOutcome(item: $0.item, status: $1, detail: "d")
        }
        try store.note(outcomes, sentAgain: [], of: "a", as: "one")
        try store.note(outcomes, sentAgain: [items[0].item], of: "a", as: "one")
        let tally = try store.tally(of: "a")
        #expect([tally.succeeded, tally.failed, tally.refused, tally.waiting, tally.underWay] == [1, 1, 1, 1, 0])
        try store.change(campaign, to: .stopped, "2 of 3 failed again", as: "one")
        try store.change(campaign, to: .running, "an old hand", as: "one")
        let stopped = try #require(try keeper.campaign("a"))
        #expect(stopped.status == .stopped && stopped.sentence == "2 of 3 failed again")
        let isDone = try keeper.apply(.resume, to: stopped, becoming: .running, Wish(requestID: "resume", actor: "ada"))
        let resumed = try keeper.campaign("a")
        #expect(isDone && resumed?.tally.pastFailed == 1 && resumed?.sentence == "resume by ada")
        let failed = try keeper.items(of: "a", status: "failed", after: nil, limit: 10)
        #expect(failed.map(\.item.item) == [items[1].item])
        #expect(try bench.count("audit_log", "action LIKE 'campaign%'") == 3)
    }

    @Test func `what the rows say of an item is seen`() throws {
        try addFailed(2)
        _ = try create("a") { $0.canary = 0 }
        _ = try store.lead(as: "one", for: 10_000_000)
        let items = try store.take(2, of: "a", as: "one")
        try bench.sql(
            """
            INSERT INTO audit_log (request_id, run_id, action, outcome, code, detail, at)
            VALUES ('\(items[0].requestID)', '\(items[0].runID)', 'task_retry_requested', 'refused', 'run_ending',
                'why', now())
            """)
        let sights = try store.itemsUnderWay(of: "a")
        #expect(sights.map(\.isAccepted) == [false, nil])
        #expect(sights[0].answer == "why" && sights[0].code == .justEnding)
        #expect(sights[0].taskStatus == .failed && sights[0].runStatus == .failed)
        #expect(sights[1].attempts == 1 && sights[1].age >= 0)
    }
}
