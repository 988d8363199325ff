import Testing
import Workflow

/// Messages of the bot, in a channel and to one person.
@Suite struct DiscordPostingTests {
    private typealias Make = DiscordNotices
    private let now = DiscordNotices.madeAt + 1

    @Test func `what is missing makes a channel malformed, not the run`() {
        let bad = [
            Make.channel("").check(Make.make(), now: now), Make.channel("1/2").check(Make.make(), now: now),
            Make.channel(bot: nil).check(Make.make(), now: now), Make.channel(bot: "a\nb").check(Make.make(), now: now),
            Make.direct("").check(Make.make(), now: now), Make.direct("@me").check(Make.make(), now: now),
        ]
        let isMalformed = bad.map { if case .malformed = $0 { true } else { false } }
        #expect(isMalformed.allSatisfy { $0 })
        #expect(bad[2] == .malformed("COURIER_DISCORD_BOT_TOKEN is not set"))
        #expect(Make.channel().check(Make.make(), now: now) == .open)
        #expect(Make.direct().check(Make.make(), now: now) == .open)
    }

    @Test func `a message carries a nonce that makes a repeat no second one`() {
        let request = Make.channel().request(for: Make.make(), now: now)
        #expect(request.method == "POST" && request.path == "/channels/22/messages")
        #expect(request.headers.count == 1 && request.headers[0].value == Secret("Bot bot.token"))
        #expect(request.text.contains(#""nonce":"789abcdef0123456789abcdef","enforce_nonce":true"#))
        #expect(request.limits == ["discord", "discord/channels/22"])
        #expect(Make.channel().verdict(Make.reply(200, #"{"id":"5"}"#)) == .delivered(memo: "5"))
    }

    @Test func `a message that is there is edited; one that was removed comes anew`() {
        let notice = Make.make(memo: "5")
        let edit = Make.channel().request(for: notice, now: now)
        #expect(edit.method == "PATCH" && edit.path == "/channels/22/messages/5" && edit.isRepeatable)
        let verdict = Make.channel().verdict(Make.reply(404, code: 10008), notice)
        guard case .next(let request) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(request.method == "POST" && request.path == "/channels/22/messages" && request.step == 1)
    }

    @Test func `a direct message opens its channel first, and then remembers it`() {
        let direct = Make.direct()
        let open = direct.request(for: Make.make(), now: now)
        #expect(open.path == "/users/@me/channels" && open.text == #"{"recipient_id":"77"}"# && open.isRepeatable)
        guard case .next(let post) = direct.verdict(Make.reply(200, #"{"id":"88"}"#)) else {
            Issue.record("not opened")
            return
        }
        #expect(post.path == "/channels/88/messages" && post.step == 1)
        let said = direct.verdict(on: Make.reply(200, #"{"id":"99"}"#), to: post, for: Make.make(), now: now)
        #expect(said == .delivered(memo: "88/99"))
        let edit = direct.request(for: Make.make(memo: "88/99"), now: now)
        #expect(edit.method == "PATCH" && edit.path == "/channels/88/messages/99")
    }

    @Test(arguments: ["", "{}", #"{"id":5}"#, #"{"id":"../x"}"#, "<html>"])
    func `an opened channel without a name is tried again`(_ body: String) {
        #expect(Make.direct().verdict(Make.reply(200, body)) == .retry("Discord's answer names no channel"))
    }

    @Test(arguments: [(401, 0), (403, 50001), (403, 50007), (403, 50013), (404, 10003), (404, 0)])
    func `who may not write there goes to the next channel`(_ status: Int, _ code: Int) {
        let words = "Discord answered \(status)" + (code == 0 ? "" : " (\(code))")
        #expect(Make.channel().verdict(Make.reply(status, code: code)) == .closed(words))
        #expect(Make.direct().verdict(Make.reply(status, code: code)) == .closed(words))
        let direct = Make.direct()
        guard case .next(let post) = direct.verdict(Make.reply(200, #"{"id":"88"}"#)) else { return }
        let verdict = direct.verdict(on: Make.reply(status, code: code), to: post, for: Make.make(), now: now)
        #expect(verdict == .closed(words))
    }

    @Test func `a limit of rate holds what it is about: everything, one channel, or the opening of new ones`() {
        let global = Make.reply(429, #"{"retry_after":2,"global":true}"#)
        let shared = Make.reply(429, #"{"retry_after":2}"#, headers: ["x-ratelimit-scope": "shared"])
        let all = Make.channel().verdict(global)
        #expect(
            all == .retry("Discord answered 429, limit: global", after: 2_000_000, holding: "discord", counts: false))
        let words = "Discord answered 429, limit: shared"
        let one = Make.channel().verdict(shared)
        #expect(one == .retry(words, after: 2_000_000, holding: "discord/channels/22", counts: false))
        let opening = Make.direct().verdict(shared)
        #expect(opening == .retry(words, after: 2_000_000, holding: "discord/users", counts: false))
    }

    @Test func `a file that is too large there is left out, with the way to fetch it`() {
        let notice = Make.make(attach: .always, link: "https://flowfleet.example/r/1", code: "7K2MX-4QF9P")
        for channel in [Make.channel() as any DeliveryChannel, Make.interaction()] {
            let first = channel.request(for: notice, now: now)
            let verdict = channel.verdict(on: Make.reply(413, code: 40005), to: first, for: notice, now: now)
            guard first.file != nil, case .next(let second) = verdict else {
                Issue.record("\(verdict)")
                continue
            }
            #expect(second.file == nil && second.step == 1)
            #expect(second.text.contains("<https://flowfleet.example/r/1?code=7K2MX-4QF9P>"))
            #expect(second.text.contains("code `7K2MX-4QF9P`"))
            let said = channel.verdict(on: Make.reply(200, #"{"id":"9"}"#), to: second, for: notice, now: now)
            guard case .delivered(_, isWhole: false) = said else {
                Issue.record("\(said)")
                continue
            }
            let again = channel.verdict(on: Make.reply(413, code: 40005), to: second, for: notice, now: now)
            #expect(again == .refused("Discord answered 413 (40005)"))
        }
    }

    @Test func `an edit whose file is too large stays an edit`() {
        let notice = Make.make(attach: .always, memo: "5")
        guard case .next(let second) = Make.channel().verdict(Make.reply(413, code: 40005), notice) else {
            Issue.record("no second request")
            return
        }
        #expect(second.method == "PATCH" && second.path == "/channels/22/messages/5" && second.file == nil)
    }

    @Test func `what a channel cannot take whole needs a code, and is not whole when it is said`() {
        let long = "\"" + String(repeating: "x", count: 3_000) + "\""
        let huge = "\"" + String(repeating: "x", count: DiscordMessage.fileLimit) + "\""
        let cases: [(Notice, needs: Bool, isWhole: Bool)] = [
            (Make.make(), false, true), (Make.make(output: long), true, true),
            (Make.make(output: long, attach: .never), true, false), (Make.make(output: huge), true, false),
            (Make.make(.error, error: long), false, true), (Make.make(.early), false, true),
        ]
        for (number, (notice, needs, isWhole)) in cases.enumerated() {
            for channel in [Make.channel() as any DeliveryChannel, Make.interaction()] {
                let verdict = channel.verdict(Make.reply(200, #"{"id":"5"}"#), notice)
                guard case .delivered(_, let whole) = verdict else {
                    Issue.record("\(verdict)")
                    continue
                }
                #expect(channel.needsCode(for: notice) == needs && whole == isWhole, "case \(number)")
            }
        }
    }

    @Test func `a limit that is used up rests before the next send`() {
        let spent = ["x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "1.5"]
        let request = Make.channel().request(for: Make.make(), now: now)
        let rest = Make.channel().usedUp(Make.reply(200, headers: spent), by: request)
        #expect(rest?.limit == "discord/channels/22" && rest?.rest == 1_500_000)
        let others: [[String: String]] = [
            [:], ["x-ratelimit-remaining": "0"], ["x-ratelimit-remaining": "1", "x-ratelimit-reset-after": "1.5"],
            ["x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "1e9"],
            ["x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "soon"],
        ]
        let rests = others.compactMap { Make.channel().usedUp(Make.reply(200, headers: $0), by: request)?.rest }
        #expect(rests.isEmpty)
    }

    @Test func `rests of a bot's messages reach ten hours`() {
        let all = (1...20).compactMap { Make.channel().delay(afterTry: $0, draw: 0.5) }
        #expect(all.count == 9 && all == all.sorted() && all.reduce(0, +) > 34_000_000_000)
    }
}
