import Testing
import Workflow

@testable import Delivery

/// What is told while a run goes on.
@Suite struct WatchTests {
    private func office(_ delivery: String, done: Int = 0, total: Int = 4) -> Office {
        let office = Office()
        office.owe(1, delivery, kind: .watch)
        office.store.runs["r1"] = WatchedRun(
            status: .running, createdAt: office.store.now, progress: RunProgress(done: done, total: total))
        return office
    }

    private func progress(_ office: Office, _ done: Int, _ status: RunStatus = .running) {
        office.store.runs["r1"]?.status = status
        office.store.runs["r1"]?.progress.done = done
    }

    private let chat = #""channel":"discord.interaction","application_id":"123456789012345678","token":"canary-token""#

    @Test func `progress is told by its share, and ends with the run`() {
        let office = office(#"[{"channel":"webhook","url":"https://a.test","progress":"50%"}]"#)
        office.steps(4)
        #expect(office.sender.sent.isEmpty)
        progress(office, 2)
        office.steps(6)
        #expect(office.outcomes(1) == ["progress webhook delivered"])
        progress(office, 3)
        office.steps(6)
        #expect(office.sender.sent.count == 1)
        progress(office, 4, .completed)
        office.steps(6)
        #expect(office.state(1) == .delivered && office.sender.sent.count == 1)
    }

    @Test func `progress by time comes each so many seconds, with ids of its own`() {
        let office = office(#"[{"channel":"webhook","url":"https://a.test","progress":10}]"#)
        let start = office.clock.monotonic
        for _ in 0..<60 where office.clock.monotonic - start < 45_000_000 { office.courier.step() }
        let ids = office.sender.sent.compactMap { $0.headers.first { $0.name == "webhook-id" }?.value }
        #expect((3...5).contains(ids.count) && Set(ids).count == ids.count, "\(ids.count)")
    }

    @Test func `progress on a closed chat is dropped without a word more than one`() {
        let office = office("[{\(chat),\"expires_at\":1,\"progress\":10}]")
        office.steps(10)
        #expect(office.sender.sent.isEmpty && office.state(1) == .delivered)
        #expect(office.observer.sessionsClosed.count == 1 && office.observer.kept.isEmpty)
    }

    @Test func `before a token ends its user is told how the result comes, once, with a code`() throws {
        let office = office("[{\(chat)}]")
        office.sender.answer = { _ in .reply(SendReply(status: 200, body: Array(#"{"id":"42"}"#.utf8))) }
        let start = office.clock.monotonic
        for _ in 0..<600 where office.clock.monotonic - start < 710_000_000 { office.courier.step() }
        #expect(office.sender.sent.isEmpty)
        for _ in 0..<600 where office.clock.monotonic - start < 890_000_000 { office.courier.step() }
        #expect(office.sender.sent.count == 1 && office.outcomes(1) == ["early discord.interaction delivered"])
        let codes = office.store.rows[1]?.codes ?? []
        let body = try #require(office.sender.sent.first?.body.encoded).bytes
        let text = String(decoding: body, as: UTF8.self)
        let words = text.split { !($0.isLetter || $0.isNumber || $0 == "-") }.map(String.init)
        let isCode = words.contains { codes.contains(PickUpCode.hash($0)) }
        #expect(codes.count == 1 && isCode, "\(text)")
    }

    @Test func `a short run is told nothing early`() {
        let office = office("[{\(chat)}]")
        office.steps(3)
        progress(office, 4, .completed)
        for _ in 0..<400 where office.state(1) == .waiting { office.courier.step() }
        #expect(office.sender.sent.isEmpty && office.state(1) == .delivered)
    }

    @Test func `a warning asks for its code before it is sent, whenever it falls due`() throws {
        let office = office("[{\(chat)}]")
        let owed = try #require(office.store.rows[1]?.owed)
        let desk = ChannelDesk(secrets: office.secrets, webhookDelays: [0], discordURL: "http://d.test", botToken: nil)
        var parcel = Parcel(
            owed, run: office.store.runs["r1"], pickUp: PickUp(chatCommand: "", command: ""), limits: CourierLimits())
        let late = Parcel.Moment(desk: desk, disabled: [], now: office.store.now + 720_000_000)
        let actions = parcel.next(late)
        guard case .makeCode? = actions.first, actions.count == 1 else {
            Issue.record("\(actions)")
            return
        }
        parcel.code = "7K2MX-4QF9P"
        guard case .send? = parcel.next(late).last else {
            Issue.record("with a code it is sent")
            return
        }
    }

    @Test func `tries of one warning are no tries of the next one`() {
        let other = chat.replacing("12345678", with: "87654321")
        // The first token ends at 800 s, so that its turn is over while the second one's still counts.
        let ends = TwinStore(TwinClock()).now / 1_000_000 + 800
        let office = office("[{\(chat),\"expires_at\":\(ends)},{\(other)}]")
        office.sender.answer = { request in
            .reply(SendReply(status: request.url.revealed.contains("/123456789") ? 500 : 200))
        }
        let start = office.clock.monotonic
        var triesBefore: Int?
        for _ in 0..<900 where office.clock.monotonic - start < 895_000_000 {
            office.courier.step()
            if office.outcomes(1).contains("early discord.interaction delivered"), triesBefore == nil {
                triesBefore = office.store.rows[1]?.owed.tries
            }
        }
        #expect(triesBefore == 0 && office.outcomes(1).last == "early discord.interaction delivered")
    }
}
