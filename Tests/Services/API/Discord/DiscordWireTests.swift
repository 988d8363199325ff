import Foundation
import TestSupport
import Testing
import Workflow

@testable import API

/// Discord's channels over real HTTP against the imitation, as the courier drives them; and the rules that it keeps.
@Suite struct DiscordWireTests {
    private let twin: DiscordTwin
    private let calls = DiscordCalls(limit: .seconds(1))

    init() throws { twin = try DiscordTwin() }

    private func interaction(_ token: String) -> DiscordInteractionChannel {
        DiscordInteractionChannel(
            applicationID: twin.applicationID, token: Secret(token), expiresAt: .max, base: twin.url)
    }

    private func notice(
        _ kind: Notice.Kind = .result, output: String = #"{"n":1}"#, attach: ChannelRequest.Attachment = .auto,
        memo: String? = nil
    ) -> Notice {
        let run = RunNews(
            runID: "run-1", flowID: "report", tenantID: "default", userID: "77", sessionID: "s",
            status: .completed, output: Array(output.utf8)[...], error: "it broke", createdAt: 0, ending: 1,
            tasks: RunProgress(done: 1, total: 4))
        return Notice(
            id: "msg_0123456789abcdef0123456789abcdef", kind: kind, run: run,
            pickUp: PickUp(chatCommand: "/retrieve_results workflow_id:run-1", command: "flowfleet delivery redeem x"),
            attach: attach, memo: memo)
    }

    /// One try: the request, what belongs to it, and what the last answer means.
    private func send(_ notice: Notice, over channel: any DeliveryChannel) -> Verdict {
        guard channel.check(notice, now: 0) == .open else { return .closed("not open") }
        var request = channel.request(for: notice, now: 0)
        for _ in 0..<4 {
            let verdict = channel.verdict(on: calls.send(request), to: request, for: notice, now: 0)
            guard case .next(let following) = verdict else { return verdict }
            request = following
        }
        return .closed("it never ends")
    }

    private func bot(_ channel: String) -> DiscordMessageChannel {
        DiscordMessageChannel(channelID: channel, base: twin.url, botToken: Secret(twin.botToken))
    }

    private func direct(_ user: String) -> DiscordDirectChannel {
        DiscordDirectChannel(userID: user, base: twin.url, botToken: Secret(twin.botToken))
    }

    @Test func `a result replaces what the reply says, as often as it is sent`() {
        let token = twin.addInteraction()
        for _ in 0..<3 { #expect(send(notice(), over: interaction(token)) == .delivered(memo: nil)) }
        let shown = twin.original(token)
        #expect(shown?.edits == 3 && shown?.content.contains(#"{"n":1}"#) ?? false && shown?.mentionsNobody ?? false)
        #expect(twin.followUps(token).isEmpty)
    }

    @Test func `progress is shown on an open reply and ends with the token, without an error`() {
        let token = twin.addInteraction()
        #expect(send(notice(.progress), over: interaction(token)) == .delivered(memo: nil))
        #expect(twin.original(token)?.content == "Run `run-1`: 25 %, 1 of 4 tasks are done.")
        twin.expire(token)
        for kind in Notice.Kind.allCases {
            guard case .expired = send(notice(kind), over: interaction(token)) else {
                Issue.record("\(kind) was not told that it is over")
                continue
            }
        }
    }

    @Test func `a file comes whole and goes with the next edit`() {
        let token = twin.addInteraction()
        let output = "\"" + String(repeating: "é\\n\\\"", count: 100_000) + "\""
        #expect(send(notice(output: output), over: interaction(token)) == .delivered(memo: nil))
        #expect(twin.original(token)?.files.first?.bytes == Array(output.utf8))
        #expect(twin.original(token)?.files.first?.name == "result.json")
        #expect(send(notice(), over: interaction(token)) == .delivered(memo: nil))
        #expect(twin.original(token)?.files.isEmpty ?? false)
    }

    @Test func `a reply that was removed becomes a follow-up, which is edited from then on`() throws {
        let token = twin.addInteraction()
        twin.deleteOriginal(token)
        guard case .delivered(let memo, _) = send(notice(.progress), over: interaction(token)) else {
            Issue.record("not delivered")
            return
        }
        #expect(send(notice(memo: memo), over: interaction(token)) == .delivered(memo: memo))
        let said = twin.followUps(token)
        #expect(said.count == 1 && said.first?.edits == 1 && said.first?.content.contains(#"{"n":1}"#) ?? false)
    }

    @Test func `a channel gets one message, however often it is sent`() {
        let channel = twin.addChannel()
        twin.next(.answerLost)
        guard case .retry = send(notice(), over: bot(channel)) else {
            Issue.record("an answer that was lost is no answer")
            return
        }
        guard case .delivered(let memo, _) = send(notice(), over: bot(channel)) else {
            Issue.record("not delivered")
            return
        }
        #expect(twin.messages(in: channel).count == 1 && twin.messages(in: channel).first?.id == memo)
        #expect(send(notice(.error, memo: memo), over: bot(channel)) == .delivered(memo: memo))
        #expect(twin.messages(in: channel).count == 1)
        #expect(twin.messages(in: channel).first?.content.contains("it broke") ?? false)
    }

    @Test func `a direct message opens its channel first`() {
        let (user, silent) = (twin.addUser(), twin.addUser(takesMessages: false))
        guard case .delivered(let memo?, _) = send(notice(), over: direct(user)) else {
            Issue.record("not delivered")
            return
        }
        #expect(twin.messages(to: user).count == 1)
        #expect(send(notice(.error, memo: memo), over: direct(user)) == .delivered(memo: memo))
        #expect(twin.messages(to: user).count == 1 && twin.messages(to: user).first?.edits == 1)
        #expect(send(notice(), over: direct(silent)) == .closed("Discord answered 403 (50007)"))
        #expect(send(notice(), over: direct("999")) == .closed("Discord answered 400 (50033)"))
    }

    @Test func `who may not write, and where nothing is, is final`() {
        let closed = twin.addChannel(refusing: (403, 50001))
        #expect(send(notice(), over: bot(closed)) == .closed("Discord answered 403 (50001)"))
        #expect(send(notice(), over: bot("999")) == .closed("Discord answered 404 (10003)"))
        let stranger = DiscordMessageChannel(channelID: closed, base: twin.url, botToken: Secret("another"))
        #expect(send(notice(), over: stranger) == .closed("Discord answered 401"))
        let elsewhere = DiscordInteractionChannel(
            applicationID: "1", token: Secret("x"), expiresAt: .max, base: twin.url)
        #expect(send(notice(), over: elsewhere) == .closed("Discord answered 404 (10015)"))
    }

    @Test func `a reply that nobody has begun yet is tried again`() {
        let token = twin.addInteraction(isDeferred: false)
        #expect(send(notice(), over: interaction(token)) == .retry("Discord answered 404 (10062)"))
    }

    @Test func `faults of the line are tried again and lose nothing`() throws {
        let token = twin.addInteraction()
        for fault in [DiscordTwin.Fault.reset, .answerLost, .garbage, .hang, .slow(seconds: 1.5), .status(503)] {
            twin.next(fault)
            let verdict = send(notice(), over: interaction(token))
            guard case .retry = verdict else {
                Issue.record("\(fault): \(verdict)")
                continue
            }
        }
        twin.goDown()
        guard case .retry = send(notice(), over: interaction(token)) else {
            Issue.record("down")
            return
        }
        try twin.comeBack()
        #expect(send(notice(), over: interaction(token)) == .delivered(memo: nil))
        #expect(twin.followUps(token).isEmpty)
    }

    @Test func `limits of rate are told, and over when they say so`() throws {
        twin.setLimits(bucket: 2, seconds: 0.3)
        let token = twin.addInteraction()
        let verdicts = (0..<3).map { _ in send(notice(), over: interaction(token)) }
        #expect(verdicts.prefix(2).allSatisfy { $0 == .delivered(memo: nil) })
        guard case .retry(_, after: let rest?, holding: let limit?, counts: false) = verdicts[2] else {
            Issue.record("\(verdicts[2])")
            return
        }
        #expect(rest <= 300_000 && limit.hasPrefix("discord.webhooks/"))
        Waiting.forSeconds(Double(rest) / 1_000_000)
        #expect(send(notice(), over: interaction(token)) == .delivered(memo: nil))
        // One's own limit is nobody else's; the global one is everybody's, but for interactions.
        twin.setLimits(global: 0)
        let channel = send(notice(), over: bot(twin.addChannel()))
        let words = "Discord answered 429, limit: global"
        #expect(channel == .retry(words, after: 1_000_000, holding: "discord", counts: false))
        #expect(send(notice(), over: interaction(twin.addInteraction())) == .delivered(memo: nil))
    }

    @Test func `the imitation refuses what Discord refuses`() throws {
        let channel = twin.addChannel()
        let long = try post(channel, ["content": .string(String(repeating: "x", count: 2_001))])
        let empty = try post(channel, ["content": ""])
        let nonce = try post(channel, ["content": "x", "nonce": .string(String(repeating: "n", count: 26))])
        #expect([long, empty, nonce] == ["400 50035", "400 50006", "400 50035"])
        let broken = DiscordMessage(
            "x", file: .init(name: "a", type: "b", bytes: [UInt8](repeating: 0, count: 8 << 20)))
        let request = interaction(twin.addInteraction()).edit(broken)
        guard case .reply(let reply) = calls.send(request) else {
            Issue.record("no answer")
            return
        }
        #expect(reply.status == 413)
        #expect(twin.messages(in: channel).isEmpty)
    }

    /// Status and code.
    private func post(_ channel: String, _ json: JSONTree) throws -> String {
        let request = OutgoingRequest(
            "POST", Secret("\(twin.url)/channels/\(channel)/messages"),
            headers: [("Authorization", Secret("Bot \(twin.botToken)"))],
            body: .bytes(Array(json.text.utf8), type: "application/json"), isRepeatable: false)
        guard case .reply(let reply) = calls.send(request) else { return "none" }
        return "\(reply.status) \((try? JSONTree(text: Data(reply.body)))?["code"]?.int ?? 0)"
    }
}
