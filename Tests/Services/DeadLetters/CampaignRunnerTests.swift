import Platform
import Synchronization
import Testing
import Workflow

@testable import DeadLetters

/// The runner over a store in memory, with lanes that answer or do not.
@Suite struct CampaignRunnerTests {
    private let world = TwinCampaign(items: 20)

    private func runner(_ name: String = "one") -> CampaignRunner {
        CampaignRunner(
            .init(
                store: world, sender: world, time: world.time, metrics: DrainerMetrics(MetricsRegistry()),
                journal: .silent), leader: name)
    }

    private func run(_ runner: CampaignRunner, steps: Int) throws {
        for _ in 0..<steps {
            try runner.step()
            world.time.pass(milliseconds: 200)
        }
    }

    @Test func `it sends the canary, then the rest, each item once, and completes`() throws {
        world.answers = true
        try run(runner(), steps: 40)
        #expect(world.status == .completed)
        #expect(world.sent.count == 20 && Set(world.sent).count == 20)
        #expect(world.tallies.succeeded == 20)
    }

    @Test func `nothing beyond the canary is sent while the lanes are silent`() throws {
        try run(runner(), steps: 20)
        #expect(Set(world.sent).count == 3)
        #expect(world.status == .canary)
    }

    @Test func `a leader that dies between marking and sending leaves items that the next one sends`() throws {
        world.sendFails = true
        try run(runner(), steps: 10)
        #expect(world.sent.isEmpty && world.tallies.underWay == 3)
        world.sendFails = false
        world.answers = true
        let next = runner("two")
        world.time.pass(milliseconds: 16_000)
        try run(next, steps: 60)
        #expect(world.status == .completed)
        #expect(Set(world.sent).count == 20)
    }

    @Test func `failures stop it, a resume goes on, and a failure of one item is told`() throws {
        world.answers = true
        world.fails = true
        try run(runner(), steps: 20)
        #expect(world.status == .stopped)
        #expect(world.sent.count == 3)
    }

    @Test func `an item whose run somebody else has going is put back, not given up`() {
        var sight = ItemSight(
            CampaignItem(item: 1, messageID: "m", runID: "r", taskID: "t", attempt: 0, requestID: "q"), age: 0)
        sight.isAccepted = false
        for code in CommandRefusal.Code.allCases {
            (sight.answer, sight.code) = ("not now", code)
            #expect(ItemVerdict.of(sight) == .putBack("not now"))
        }
        sight.code = nil
        sight.answer = "the run has ended: cancelled"
        #expect(ItemVerdict.of(sight) == .refused("the run has ended: cancelled"))
    }

    @Test func `who lost the lead changes nothing`() throws {
        world.answers = true
        let first = runner("one")
        try run(first, steps: 1)
        world.leader = "two"
        let before = world.sent.count
        let led = try first.step()
        #expect(led == 0)
        #expect(world.sent.count == before)
    }
}

/// One campaign, its store, its lanes and its log in memory.
final class TwinCampaign: CampaignStore, CommandSending {
    let time = TwinClock()
    var leader: String?
    private(set) var status = CampaignStatus.canary
    private(set) var sent: [String] = []
    var answers = false
    var fails = false
    var sendFails = false
    private var rows: [(item: CampaignItem, status: String, sentAt: Int64, accepted: Bool)]
    private var changes = 0

    init(items: Int) {
        rows = (1...items).map {
            (
                CampaignItem(
                    item: $0, messageID: "m\($0)", runID: "r\($0)", taskID: "t", attempt: 0, requestID: "q\($0)"),
                "waiting", 0, false
            )
        }
    }

    var tallies: CampaignTally {
        var tally = CampaignTally()
        tally.waiting = rows.count { $0.status == "waiting" }
        tally.underWay = rows.count { $0.status == "sent" }
        tally.succeeded = rows.count { $0.status == "succeeded" }
        tally.failed = rows.count { $0.status == "failed" }
        return tally
    }

    func lead(as leader: String, for lease: Microseconds) throws(LetterStoreError) -> [LedCampaign] {
        if self.leader == nil || time.isIdle { self.leader = leader }
        guard self.leader == leader, status != .completed else { return [] }
        var plan = CampaignPlan()
        (plan.canary, plan.rate, plan.stopAfter) = (3, 10, 4)
        return [LedCampaign(campaignID: "c", status: status, plan: plan, actor: nil, changes: changes)]
    }

    func itemsUnderWay(of campaignID: String) throws(LetterStoreError) -> [ItemSight] {
        rows.filter { $0.status == "sent" }.map { row in
            var sight = ItemSight(row.item, age: (time.monotonic - row.sentAt) / 1_000)
            guard row.accepted else { return sight }
            (sight.isAccepted, sight.runStatus, sight.attempts) = (true, .running, 2)
            sight.taskStatus = fails ? .failed : .succeeded
            return sight
        }
    }

    func note(_ outcomes: [ItemOutcome], sentAgain: [Int], of campaignID: String, as leader: String)
        throws(LetterStoreError)
    {
        guard leader == self.leader else { return }
        for outcome in outcomes { rows[outcome.item - 1].status = outcome.status.rawValue }
        for item in sentAgain { rows[item - 1].sentAt = time.monotonic }
    }

    func take(_ count: Int, of campaignID: String, as leader: String) throws(LetterStoreError) -> [CampaignItem] {
        guard leader == self.leader else { return [] }
        let places = rows.indices.filter { rows[$0].status == "waiting" }.prefix(count)
        for place in places { (rows[place].status, rows[place].sentAt) = ("sent", time.monotonic) }
        return places.map { rows[$0].item }
    }

    func change(_ campaign: LedCampaign, to status: CampaignStatus, _ sentence: String, as leader: String)
        throws(LetterStoreError)
    {
        guard leader == self.leader, campaign.changes == changes else { return }
        (self.status, changes) = (status, changes + 1)
    }

    func end(_ campaignID: String, as leader: String) throws(LetterStoreError) {}
    func tally(of campaignID: String) throws(LetterStoreError) -> CampaignTally { tallies }

    func send(_ requests: [RetryRequest]) throws(AccessFailure) {
        if sendFails { throw AccessFailure(.unreachable, "no log", isLog: true) }
        for request in requests {
            sent.append(request.requestID)
            guard answers, let place = rows.firstIndex(where: { $0.item.requestID == request.requestID }) else {
                continue
            }
            rows[place].accepted = true
        }
    }
}

/// A clock that goes when it is told to.
final class TwinClock: TimeSource {
    private let passed = Atomic<Int64>(0)

    var wall: Int64 { monotonic / 1_000 }
    var monotonic: Int64 { 1_000_000_000 + passed.load(ordering: .relaxed) * 1_000_000 }
    /// Longer than any lease.
    var isIdle: Bool { passed.load(ordering: .relaxed) >= 16_000 }

    func pass(milliseconds: Int) { passed.wrappingAdd(Int64(milliseconds), ordering: .relaxed) }
}
