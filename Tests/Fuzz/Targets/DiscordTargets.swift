import JSON
import Workflow

/// What goes to Discord out of other people's words, and what comes back from there.
enum DiscordTargets {
    static let all = [FuzzTarget("discord-text", text), FuzzTarget("discord-answer", answer)]

    private static let channel = DiscordInteractionChannel(
        applicationID: "11", token: Secret("canary"), expiresAt: .max, base: "https://discord.example")

    /// As an error, as a result, as a name: never too long, two fences, JSON that mentions nobody.
    private static func text(_ input: Bytes) -> String? {
        let words = String(decoding: input, as: UTF8.self)
        var output = JSONWriter()
        output.string(words)
        for kind in Notice.Kind.allCases {
            let notice = notice(kind, words, output.bytes[...])
            let message = DiscordMessage(notice)
            if message.content.utf16.count > DiscordText.limit { return "\(kind) is too long" }
            let bytes = Array(message.content.utf8)
            let fences = bytes.ranges(of: Array("```".utf8)).count
            if (kind == .error || kind == .result && message.file == nil) && fences != 2 { return "\(fences) fences" }
            guard case .bytes(let body, _) = channel.request(for: notice, now: 0).body else { continue }
            guard let json = try? JSONValue(validating: body[...]), json.member("allowed_mentions") != nil else {
                return "\(kind) is no message"
            }
        }
        return nil
    }

    private static func notice(_ kind: Notice.Kind, _ words: String, _ output: Bytes) -> Notice {
        let run = RunNews(
            runID: Identifier(words), flowID: "f", tenantID: "t", userID: "u", sessionID: "s",
            status: kind == .error ? .failed : .completed, output: output, error: words, createdAt: 0, ending: 1,
            tasks: RunProgress(
                done: 1, total: 2, ended: [EndedTask(taskID: Identifier(words), status: .succeeded)]))
        let pickUp = PickUp(chatCommand: words, command: words, code: words, link: words)
        return Notice(id: "msg_1", kind: kind, run: run, pickUp: pickUp)
    }

    /// A status in the first two bytes, then a body: always a verdict, whose words show nothing of it.
    private static func answer(_ input: Bytes) -> String? {
        guard input.count >= 2 else { return nil }
        let status = 100 + (Int(input[input.startIndex]) << 8 | Int(input[input.startIndex + 1])) % 500
        let notice = notice(.result, "w", Bytes(#""x""#))
        let channels: [any DeliveryChannel] = [
            channel, DiscordMessageChannel(channelID: "1", base: "https://discord.example", botToken: Secret("canary")),
            DiscordDirectChannel(userID: "1", base: "https://discord.example", botToken: Secret("canary")),
        ]
        for channel in channels {
            let reply = SendAnswer.reply(SendReply(status: status, body: Array(input.dropFirst(2))))
            let request = channel.request(for: notice, now: 0)
            let verdict = channel.verdict(on: reply, to: request, for: notice, now: 0)
            if "\(verdict)".contains("canary") { return "a verdict shows a token" }
            if case .retry(_, let after?, _, _) = verdict, !(0...86_400_000_000).contains(after) {
                return "a rest of \(after) µs"
            }
        }
        return nil
    }
}
