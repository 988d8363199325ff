import JSON
import Testing
import Workflow

@testable import Delivery

/// What becomes of a result, channel by channel.
@Suite struct CourierTests {
    private let webhook = #"{"channel":"webhook","url":"https://hooks.test/in"}"#
    private let token = #""channel":"discord.interaction","application_id":"123456789012345678","token":"canary-token""#

    /// An interaction that ends this many seconds from the twin store's beginning.
    private func interaction(_ office: Office, ends seconds: Int) -> String {
        let time = office.store.now / 1_000_000 + Int64(seconds)
        return "{\(token),\"expires_at\":\(time),\"depth\":\"deep\"}"
    }

    @Test func `an open channel takes the result, and that is all`() {
        let office = Office()
        office.owe(1, "[\(webhook)]")
        office.steps()
        #expect(office.state(1) == .delivered && office.sender.sent.count == 1 && office.store.kept.isEmpty)
        #expect(office.outcomes(1) == ["result webhook delivered"])
    }

    @Test func `receivers of one tenant that hang leave room for everybody else's`() {
        let office = Office()
        office.sender.isSilent = true
        for id in 1...500 {
            office.owe(Int64(id), #"[{"channel":"webhook","url":"https://h\#(id).test/in"}]"#, tenant: "loud")
        }
        office.steps()
        office.owe(501, "[\(webhook)]", tenant: "quiet")
        office.clock.monotonic += 50_000
        office.steps()
        let urls = office.sender.sent.map(\.url.revealed)
        #expect(urls.count == CourierLimits().sendsOfOneTenant + 1 && urls.last == "https://hooks.test/in")
    }

    @Test func `while the secrets cannot be read yet, nothing is turned away for want of them`() {
        let office = Office()
        office.secrets.isReady = false
        office.owe(1, "[\(webhook)]")
        office.steps()
        #expect(office.state(1) == .waiting && office.sender.sent.isEmpty)
        office.secrets.isReady = true
        office.steps()
        #expect(office.state(1) == .delivered)
    }

    @Test func `an expired chat is a state, counted once, and the next channel is tried`() {
        let office = Office()
        office.owe(1, "[\(interaction(office, ends: -1)),\(webhook)]")
        office.steps()
        #expect(office.outcomes(1) == ["result discord.interaction expired", "result webhook delivered"])
        #expect(office.observer.sessionsClosed == ["result deep"] && office.observer.kept.isEmpty)
    }

    @Test func `a chat that closes during the send is left like one that was closed before`() {
        let office = Office()
        office.sender.answer = { _ in .reply(SendReply(status: 401, body: Array(#"{"code":50027}"#.utf8))) }
        office.owe(1, "[\(interaction(office, ends: 600))]")
        office.steps()
        #expect(office.state(1) == .orphaned && office.observer.sessionsClosed == ["result deep"])
        #expect(office.observer.kept == ["session_closed deep"])
    }

    @Test func `an error on a closed chat is kept, and raises no second error`() {
        let office = Office()
        office.owe(1, "[\(interaction(office, ends: -5))]", status: "failed")
        office.steps()
        #expect(office.observer.sessionsClosed == ["error deep"] && office.state(1) == .orphaned)
        #expect(office.store.kept.values.first?.status == "failed")
    }

    @Test(arguments: [
        "[{}]", "[7]", "{}", #"[{"channel":"pigeon"}]"#, #"[{"channel":"webhook"}]"#,
        #"[{"channel":"webhook","url":"ftp://x"}]"#, #"[{"channel":"webhook","url":"http://x","secret":"nobody"}]"#,
        #"[{"channel":"discord.interaction","application_id":"1"}]"#, #"[{"channel":"inbox","on":7}]"#,
        #"[{"channel":"discord.dm","user_id":"x"}]"#, #"[{"channel":"unreadable"}]"#,
    ])
    func `a channel without what it needs is malformed, and the result is kept`(delivery: String) {
        let office = Office()
        office.owe(1, delivery)
        office.steps()
        #expect(office.state(1) == .orphaned && office.sender.sent.isEmpty)
        let reasons = Set(office.store.kept.values.map(\.reason))
        #expect(reasons == ["malformed"])
    }

    @Test func `a receiver that fails is tried again as its schedule says, then the result is kept`() {
        let office = Office()
        office.sender.answer = { _ in .reply(SendReply(status: 500)) }
        office.owe(1, "[\(webhook)]")
        let start = office.clock.monotonic
        for _ in 0..<400 where office.state(1) == .waiting { office.courier.step() }
        #expect(office.outcomes(1) == Array(repeating: "result webhook failed", count: 3))
        #expect(office.state(1) == .orphaned && office.observer.kept == ["undeliverable "])
        let passed = (office.clock.monotonic - start) / 1_000_000
        #expect((240...380).contains(passed), "\(passed) s")
        let ids = Set(office.sender.sent.map { $0.headers.first { $0.name == "webhook-id" }?.value })
        #expect(ids.count == 1)
    }

    @Test func `as the receiver says, so long it is left alone`() {
        let office = Office()
        office.sender.answer = { _ in .reply(SendReply(status: 429, headers: ["retry-after": "77"])) }
        office.owe(1, "[\(webhook)]")
        office.steps(2)
        let due = (office.store.rows[1]?.due ?? 0) - office.store.now
        #expect((71_000_000...77_000_000).contains(due), "\(due)")
    }

    @Test(arguments: [429, 503])
    func `a receiver that says at once makes no try come sooner than planned`(status: Int) {
        let office = Office()
        office.sender.answer = { _ in .reply(SendReply(status: status, headers: ["retry-after": "0"])) }
        office.owe(1, "[\(webhook)]")
        let start = office.clock.monotonic
        for _ in 0..<400 where office.state(1) == .waiting { office.courier.step() }
        let passed = (office.clock.monotonic - start) / 1_000_000
        #expect(office.sender.sent.count == 3 && (240...380).contains(passed), "\(passed) s")
    }

    @Test func `an endpoint that is gone gets nothing any more`() {
        let office = Office()
        office.sender.answer = { _ in .reply(SendReply(status: 410)) }
        office.owe(1, "[\(webhook)]")
        office.steps()
        office.owe(2, "[\(webhook)]")
        office.steps()
        #expect(office.sender.sent.count == 1 && office.state(2) == .orphaned)
        #expect(office.outcomes(2) == ["result webhook disabled"])
    }

    @Test func `a channel that does not want this end is not asked, and others are`() {
        let office = Office()
        let other = #"{"channel":"webhook","url":"https://a.test","on":["failed"]}"#
        office.owe(1, "[\(other),{\"channel\":\"webhook\",\"url\":\"https://b.test\"}]")
        office.steps()
        let urls = office.sender.sent.map(\.url.revealed)
        #expect(urls == ["https://b.test"] && office.outcomes(1) == ["result webhook delivered"])
    }

    @Test func `keeping that fails on the disk hides nothing of what had led to it`() {
        let office = Office()
        office.files.broken = "write: no space left"
        office.owe(1, "[\(interaction(office, ends: -1))]")
        office.steps()
        #expect(office.observer.fileFailures.count == 1)
        #expect(office.observer.fileFailures.first?.contains("discord.interaction") == true)
        #expect(office.state(1) == .orphaned && office.store.rows[1]?.error?.contains("over") == true)
    }

    @Test func `keeping that fails in the database is done again, with the first error`() {
        let office = Office()
        office.owe(1, "[\(interaction(office, ends: -1))]")
        office.store.away = nil
        office.courier.step()
        office.store.away = "gone"
        office.steps(3)
        office.store.away = nil
        office.steps(3)
        #expect(office.state(1) == .orphaned && office.store.rows[1]?.error?.contains("discord.interaction") == true)
        #expect(office.observer.kept.count == 1)
    }

    @Test func `the file of a kept result has the form that was promised`() throws {
        let office = Office()
        office.owe(1, "[\(interaction(office, ends: -1))]")
        office.steps()
        let file = try #require(office.files.files["r1"])
        let json = try JSONValue(validating: file[...])
        var names: [String] = []
        json.forEachMember { key, _ in names.append(String(decoding: key.text ?? [], as: UTF8.self)) }
        #expect(names == ["workflow_id", "timestamp", "url", "depth", "results", "retrieval_info"])
        let info = try #require(json.member("retrieval_info"))
        let words = ["command", "file_path", "status"].map { name in
            String(decoding: info.member(Array(name.utf8))?.text ?? [], as: UTF8.self)
        }
        #expect(words[0].hasPrefix("flowfleet delivery redeem res_") && words[1] == "/orphans/r1.json")
        #expect(words[2] == "session_closed_during_workflow")
    }

    @Test func `a hanging host does not keep others waiting`() {
        var limits = CourierLimits()
        (limits.batch, limits.perHost) = (8, 2)
        let office = Office(limits)
        office.sender.answer = { _ in .failed(.timedOut) }
        for id in 1...20 { office.owe(Int64(id), "[\(webhook)]") }
        office.clock.monotonic += 1_000
        office.owe(99, #"[{"channel":"webhook","url":"https://other.test/in"}]"#)
        office.steps(40)
        let asked = office.sender.sent.contains { $0.url.revealed.contains("other.test") }
        #expect(asked)
    }

    @Test func `checking a channel costs less than a millisecond`() throws {
        let channel = WebhookChannel(
            url: "https://a.test",
            secrets: TwinSecrets().secrets(named: "default", for: "default", at: "https://a.test"), delays: [0])
        let office = Office()
        office.owe(1, "[\(webhook)]")
        let owed = try #require(office.store.rows[1]?.owed)
        let notice = Notice(
            id: "msg_1", kind: .result, run: RunNews(owed, nil), pickUp: PickUp(chatCommand: "", command: ""))
        let clock = ContinuousClock()
        let spent = clock.measure { for _ in 0..<100 { _ = channel.check(notice, now: 1) } }
        #expect(spent / 100 < .milliseconds(1), "\(spent / 100)")
    }
}
