import Testing
import Workflow

@testable import Delivery

/// Limits of rate, and results that a channel does not take whole.
@Suite struct ReceiverLimitTests {
    private let channel = #"{"channel":"discord.channel","channel_id":"1300000000000000001"}"#

    private static func limited(_ seconds: Double, _ scope: String) -> SendAnswer {
        let body = #"{"retry_after":\#(seconds),"global":\#(scope == "global")}"#
        return .reply(SendReply(status: 429, headers: ["x-ratelimit-scope": scope], body: Array(body.utf8)))
    }

    @Test(arguments: ["global", "shared", "user"])
    func `a channel that is limited for good is given up, and the result is kept`(scope: String) {
        let office = Office()
        office.sender.answer = { _ in Self.limited(3_600, scope) }
        office.owe(1, "[\(channel)]")
        let start = office.clock.monotonic
        for _ in 0..<200_000 where office.state(1) == .waiting { office.courier.step() }
        let hours = (office.clock.monotonic - start) / 3_600_000_000
        #expect(office.state(1) == .orphaned && office.observer.kept == ["undeliverable "])
        #expect((8...11).contains(hours) && office.sender.sent.count > 5, "\(hours) h")
    }

    @Test func `a limit that others keep reached is given up as well, by the same age`() {
        let office = Office()
        office.sender.answer = { request in
            request.url.revealed.hasSuffix("/messages") && request.url.revealed.contains("0002")
                ? Self.limited(80_000, "global") : .reply(SendReply(status: 500))
        }
        office.owe(2, #"[{"channel":"discord.channel","channel_id":"1300000000000000002"}]"#)
        office.steps(2)
        office.owe(1, "[\(channel)]")
        office.steps(4)
        #expect(office.state(1) == .orphaned && office.sender.sent.count == 1)
    }

    @Test func `a limit that an answer used up is kept to by the next send, and then gone`() {
        let office = Office()
        let spent = ["x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "2.5"]
        office.sender.answer = { _ in .reply(SendReply(status: 200, headers: spent, body: Array(#"{"id":"5"}"#.utf8))) }
        office.owe(1, "[\(channel)]")
        office.steps(1)
        office.owe(2, "[\(channel)]")
        let sentAt = office.clock.monotonic
        office.courier.step()
        #expect(office.sender.sent.count == 1)
        for _ in 0..<100 where office.state(2) == .waiting { office.courier.step() }
        let rest = office.clock.monotonic - sentAt
        #expect(office.state(2) == .delivered && rest >= 2_400_000, "\(rest) µs")
    }

    @Test func `holds that have passed are freed`() {
        var holds = LimitHolds()
        for second in 0..<1_000 {
            let now = Microseconds(second) * 1_000_000
            holds.hold("token-\(second)", until: now + 3_000_000, now: now)
        }
        #expect(holds.count <= 4)
        let (held, other) = (holds.wait(["token-999"], at: 1_000_000_000), holds.wait(["token-0"], at: 1_000_000_000))
        #expect(held == 2_000_000 && other == nil)
    }

    @Test func `a result that is only told of is kept too, with the code that the message names`() throws {
        let office = Office()
        office.sender.answer = { _ in .reply(SendReply(status: 200, body: Array(#"{"id":"5"}"#.utf8))) }
        let long = "\"" + String(repeating: "x", count: 3_000) + "\""
        office.owe(
            1, #"[{"channel":"discord.channel","channel_id":"1300000000000000001","attach":"never"}]"#, output: long)
        office.owe(2, "[\(channel)]", output: long)
        office.steps()
        #expect(office.state(1) == .delivered && office.state(2) == .delivered)
        #expect(office.observer.kept == ["too_large "] && office.store.kept.values.map(\.reason) == ["too_large"])
        guard case .bytes(let body, _) = try #require(office.sender.sent.first).body else { return }
        let text = String(decoding: body, as: UTF8.self)
        let code = try #require(text.firstRange(of: "code `")).upperBound
        #expect(office.store.rows[1]?.codes == [PickUpCode.hash(String(text[code...].prefix(11)))])
    }
}

/// Whom secrets and the bot are for.
@Suite struct ScopeTests {
    private func desk(_ scope: ChannelDesk.BotScope) -> ChannelDesk {
        ChannelDesk(
            secrets: TwinSecrets(), webhookDelays: [0], discordURL: "http://discord.test", botToken: Secret("bot"),
            botScope: scope)
    }

    @Test func `the bot writes for the tenants and to the places that it is for`() throws {
        let office = Office()
        office.owe(1, "[]")
        let owed = try #require(office.store.rows[1]?.owed)
        let notice = Notice(
            id: "msg_1", kind: .result, run: RunNews(owed, nil), pickUp: PickUp(chatCommand: "", command: ""))
        let (room, user) = (
            ChannelRequest(.discordChannel(channelID: "7")), ChannelRequest(.discordDM(userID: "8"))
        )
        let scopes: [(ChannelDesk.BotScope, Identifier, room: Bool, user: Bool)] = [
            (.init(), "a", true, true), (.init(tenants: ["a"]), "a", true, true),
            (.init(tenants: ["a"]), "b", false, false), (.init(places: ["8"]), "b", false, true),
            (.init(tenants: ["a"], places: ["7"]), "a", true, false), (.init(tenants: []), "a", false, false),
        ]
        for (number, (scope, tenant, isRoom, isUser)) in scopes.enumerated() {
            let open = [room, user].map { entry in
                desk(scope).channel(for: entry, of: tenant).check(notice, now: 1) == .open
            }
            #expect(open == [isRoom, isUser], "case \(number)")
        }
    }
}
