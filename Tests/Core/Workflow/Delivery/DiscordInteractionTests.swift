import Testing
import Workflow

/// The reply to a slash command: open, over, closed, malformed, and what each answer means.
@Suite struct DiscordInteractionTests {
    private typealias Make = DiscordNotices
    private let channel = DiscordNotices.interaction()
    private let inside = DiscordNotices.madeAt + 1_000_000

    @Test func `an open one is open, to the last microsecond`() {
        #expect(channel.check(Make.make(), now: inside) == .open)
        #expect(channel.check(Make.make(), now: Make.ends - 1) == .open)
    }

    @Test func `one whose time is over is expired, for every kind of notice`() {
        for kind in Notice.Kind.allCases {
            let state = channel.check(Make.make(kind), now: Make.ends)
            #expect(state == .expired("the interaction is over"))
        }
    }

    @Test func `without a time it ends 15 minutes after the run was made`() {
        let channel = Make.interaction(expiresAt: nil)
        let (open, over) = (
            channel.check(Make.make(), now: Make.ends - 1), channel.check(Make.make(), now: Make.ends)
        )
        #expect(open == .open && over == .expired("the interaction is over"))
    }

    @Test(arguments: [
        ("", "11"), ("a/../b", "11"), ("a b", "11"), ("a\nb", "11"), ("a?b", "11"), ("a%2e", "11"), ("..", "11"),
        ("é", "11"), ("token", ""), ("token", "x"), ("token", "1/2"), ("token", "123456789012345678901"),
    ])
    func `what cannot be in an address is malformed, and its words do not show it`(_ token: String, _ id: String) {
        let state = Make.interaction(token, application: id).check(Make.make(), now: inside)
        guard case .malformed(let words) = state else {
            Issue.record("\(state)")
            return
        }
        #expect(words == "token is not one of Discord's" || words == "application_id is not an id")
    }

    @Test func `it edits the reply, which may be repeated, without the bot's token`() {
        let request = channel.request(for: Make.make(), now: inside)
        #expect(request.method == "PATCH" && request.isRepeatable && request.step == 0)
        #expect(request.path == "/webhooks/11/\(Make.token)/messages/@original")
        #expect(request.headers.isEmpty)
        #expect(request == channel.request(for: Make.make(), now: inside + 1))
        let isShown = request.limits.contains { $0.contains(Make.token) } || "\(request)".contains(Make.token)
        #expect(!isShown && request.limits.count == 2)
    }

    @Test func `a follow-up that said it before is edited`() {
        let request = channel.request(for: Make.make(memo: "987"), now: inside)
        #expect(request.path == "/webhooks/11/\(Make.token)/messages/987")
        #expect(channel.verdict(Make.reply(200, #"{"id":"987"}"#), Make.make(memo: "987")) == .delivered(memo: "987"))
    }

    @Test func `done is done, whatever the answer says`() {
        #expect(channel.verdict(Make.reply(200, #"{"id":"5"}"#)) == .delivered(memo: nil))
        #expect(channel.verdict(Make.reply(204, "")) == .delivered(memo: nil))
        #expect(channel.verdict(Make.reply(200, "<html>")) == .delivered(memo: nil))
    }

    @Test(arguments: [(401, 50027), (401, 0), (400, 50027), (404, 50027)])
    func `401 and 50027 within the time mean that it is over`(_ status: Int, _ code: Int) {
        let verdict = channel.verdict(Make.reply(status, code: code))
        guard case .expired(let words) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(words.hasPrefix("the interaction is over: Discord answered \(status)"))
    }

    @Test(arguments: [0, 10062, 10003, 10004])
    func `404 within the time is tried again, after it the time is over`(_ code: Int) {
        let verdict = channel.verdict(Make.reply(404, code: code))
        guard case .retry(_, after: nil, holding: nil, counts: true) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        let late = channel.verdict(Make.reply(404, code: code), now: Make.ends)
        #expect(late == .expired("the interaction is over"))
    }

    @Test(arguments: [(403, 50001), (403, 0), (404, 10015)])
    func `403 and 10015 are final`(_ status: Int, _ code: Int) {
        let words = "Discord answered \(status)" + (code == 0 ? "" : " (\(code))")
        #expect(channel.verdict(Make.reply(status, code: code)) == .closed(words))
    }

    @Test func `a reply that was removed becomes a follow-up, once`() {
        let verdict = channel.verdict(Make.reply(404, code: 10008))
        guard case .next(let request) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(request.method == "POST" && request.path == "/webhooks/11/\(Make.token)")
        #expect(!request.isRepeatable && request.step == 1)
        let (done, gone) = (
            channel.verdict(on: Make.reply(200, #"{"id":"9"}"#), to: request, for: Make.make(), now: inside),
            channel.verdict(on: Make.reply(404, code: 10008), to: request, for: Make.make(), now: inside)
        )
        #expect(done == .delivered(memo: "9"))
        #expect(gone == .retry("Discord answered 404 (10008)"))
    }

    @Test func `429 waits as told, for this token or for all, and is no try`() {
        let own = channel.verdict(Make.reply(429, #"{"retry_after":1.25,"global":false}"#))
        let all = channel.verdict(
            Make.reply(429, #"{"retry_after":3,"global":true}"#, headers: ["x-ratelimit-scope": "global"]))
        let bare = channel.verdict(Make.reply(429, "", headers: ["retry-after": "7"]))
        let limits = channel.request(for: Make.make(), now: inside).limits
        let words = "Discord answered 429, limit: "
        #expect(own == .retry(words + "bucket", after: 1_250_000, holding: limits[1], counts: false))
        #expect(all == .retry(words + "global", after: 3_000_000, holding: limits[0], counts: false))
        #expect(bare == .retry(words + "bucket", after: 7_000_000, holding: limits[1], counts: false))
    }

    @Test(arguments: ["-5", "1e300", "\"x\"", "null", "[]"])
    func `a time that nobody would wait for is not waited for`(_ told: String) {
        let verdict = channel.verdict(Make.reply(429, #"{"retry_after":\#(told)}"#))
        guard case .retry(_, after: 1_000_000, holding: _, counts: false) = verdict else {
            Issue.record("\(verdict)")
            return
        }
    }

    @Test(arguments: [500, 502, 503, 504, 520, 408])
    func `Discord's own trouble is tried again`(_ status: Int) {
        #expect(channel.verdict(Make.reply(status, "<html>")) == .retry("Discord answered \(status)"))
    }

    @Test func `no answer is tried again, an address that may not be called is not`() {
        #expect(channel.verdict(.failed(.timedOut)) == .retry("Discord did not answer in time"))
        #expect(channel.verdict(.failed(.unreachable("reset"))) == .retry("Discord was not reached: reset"))
        #expect(channel.verdict(.failed(.refused("private"))) == .refused("the call was not made: private"))
    }

    @Test(arguments: [(400, 50035), (405, 0), (302, 0), (199, 0)])
    func `what Discord will never take goes to the next channel`(_ status: Int, _ code: Int) {
        guard case .refused = channel.verdict(Make.reply(status, code: code)) else {
            Issue.record("\(status)")
            return
        }
    }

    @Test func `rests grow, are spread, and end about when the token does`() throws {
        let first = try #require(channel.delay(afterTry: 1, draw: 0))
        let last = try #require(channel.delay(afterTry: 1, draw: 1))
        #expect(first == 750_000 && last == 1_250_000)
        let all = (1...20).compactMap { channel.delay(afterTry: $0, draw: 0.5) }
        #expect(all == all.sorted() && (800_000_000...1_000_000_000).contains(all.reduce(0, +)))
        #expect(channel.delay(afterTry: 0, draw: 0) == nil && channel.delay(afterTry: 15, draw: 0) == nil)
    }

    /// The bound of the issue, by a factor of a hundred: a slow machine changes nothing of it.
    @Test func `a check costs under a millisecond`() {
        let notice = Make.make(output: #"{"text":""# + String(repeating: "x", count: 800_000) + #""}"#)
        let channels: [any DeliveryChannel] = [channel, Make.channel(), Make.direct()]
        var open = 0
        let spent = ContinuousClock().measure {
            for _ in 0..<1_000 {
                for channel in channels where channel.check(notice, now: inside) == .open { open += 1 }
            }
        }
        #expect(open == 3_000)
        #expect(spent < .milliseconds(1) * 3_000, "\(spent / 3_000) each")
    }
}
