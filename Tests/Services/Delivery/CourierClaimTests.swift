import Testing
import Workflow

@testable import Delivery

/// What a courier holds, and what it writes of it.
@Suite struct CourierClaimTests {
    private let webhook = #"[{"channel":"webhook","url":"https://hooks.test/in"}]"#

    @Test func `nothing is claimed while there is something to be noted`() {
        let office = Office()
        office.owe(1, webhook)
        office.courier.step()
        office.store.away = "gone"
        office.courier.step()
        office.owe(2, webhook)
        office.store.away = nil
        office.store.refuses = { _ in true }
        office.courier.step()
        #expect(office.store.rows[2]?.claimedUntil == nil && office.sender.sent.count == 1)
    }

    @Test func `a store that is away longer than a claim gets one send noted`() {
        let office = Office()
        office.owe(1, webhook)
        office.courier.step()
        office.store.away = "gone"
        office.steps(3)
        office.clock.monotonic += 61_000_000
        office.steps(3)
        office.store.away = nil
        office.steps(4)
        #expect(office.state(1) == .delivered && office.sender.sent.count == 1)
        #expect(office.outcomes(1) == ["result webhook delivered"])
    }

    @Test func `what others have claimed anew is theirs, and of it nothing is told`() {
        let office = Office()
        office.owe(2, webhook)
        office.sender.isSilent = true
        office.courier.step()
        office.clock.monotonic += 61_000_000
        let others = try? office.store.claim(10, butOf: [], lasts: 60_000_000)
        office.sender.isSilent = false
        office.sender.answer = { _ in .reply(SendReply(status: 200)) }
        office.courier.step()
        let told = office.observer.events.contains { if case .tooLate(1) = $0 { true } else { false } }
        #expect(others?.map(\.id) == [2] && told && office.state(2) == .waiting)
        #expect(office.store.rows[2]?.claimedUntil != nil)
    }

    @Test(arguments: ["watched", "code"])
    func `a store that goes away after the claim has its rows again as soon as it is back`(question: String) {
        let office = Office()
        let chat = #"{"channel":"discord.interaction","application_id":"123456789012345678","token":"t"}"#
        office.owe(1, "[\(chat)]", kind: .watch)
        office.store.runs["r1"] = WatchedRun(
            status: .running, createdAt: office.store.now - 800_000_000, progress: RunProgress())
        office.store.awayOnce = question
        office.courier.step()
        #expect(office.sender.sent.isEmpty)
        office.steps(4)
        #expect(office.sender.sent.count == 1 && office.outcomes(1) == ["early discord.interaction delivered"])
    }

    @Test func `of a note that Postgres refuses the outcome is written, and nothing is sent again`() {
        let office = Office()
        office.owe(1, webhook)
        office.owe(2, webhook)
        office.store.refuses = { $0.id == 1 && !$0.attempts.isEmpty }
        office.steps(4)
        office.clock.monotonic += 200_000_000
        office.steps(4)
        #expect(office.state(1) == .delivered && office.state(2) == .delivered && office.sender.sent.count == 2)
        let told = office.observer.events.contains { if case .unwritable(1, _) = $0 { true } else { false } }
        #expect(told && office.store.rows[1]?.error?.contains("refused") == true)
    }

    @Test func `what cannot be kept for its data waits, and is not tried without end`() {
        let office = Office()
        office.owe(1, #"[{"channel":"inbox"}]"#)
        office.store.refuses = { $0.kept != nil }
        office.steps(20)
        #expect(office.state(1) == .waiting && office.store.rows[1]?.owed.claim == 2 && office.observer.kept.isEmpty)
        office.store.refuses = { _ in false }
        office.clock.monotonic += 3_700_000_000
        office.steps(4)
        #expect(office.state(1) == .orphaned && office.observer.kept == ["requested "])
    }

    @Test func `that a result is kept is told when it is written, not before`() {
        let office = Office()
        office.owe(1, #"[{"channel":"inbox"}]"#)
        office.courier.step()
        #expect(office.observer.kept.isEmpty && office.files.files.count == 1)
        office.courier.step()
        #expect(office.observer.kept == ["requested "])
    }

    @Test func `the file of a run is of its newest end`() {
        let office = Office()
        office.owe(1, #"[{"channel":"inbox"}]"#)
        office.store.rows[1]?.owed.isOutdated = true
        office.steps(3)
        #expect(office.state(1) == .orphaned && office.files.files.isEmpty)
    }
}
