package import Foundation

/// Discord's side of an interactions endpoint: signed requests, of which each is answered within three seconds or lost.
extension DiscordTwin {
    /// How the endpoint answered, and the interaction's token.
    package struct Asked: Sendable {
        package let status: Int
        package let json: JSONTree
        package let token: String
        package let seconds: Double
        package var type: Int? { json["type"]?.int }
    }

    /// - `user`: who asks; in a server's channel, unless `isDirect`.
    package func ask(
        _ url: String, command: String, options: [(String, String)] = [], user: String, isDirect: Bool = false
    ) throws -> Asked {
        let token = addInteraction(isDeferred: false)
        let asker: JSONTree = ["id": .string(user), "username": "somebody"]
        var members: [String: JSONTree] = [
            "id": .string(lock.withLock { state.nextID() }), "application_id": .string(applicationID), "type": 2,
            "token": .string(token), "version": 1, "channel_id": "1300000000000000001",
            "data": [
                "id": "1300000000000000002", "type": 1, "name": .string(command),
                "options": .array(
                    options.map { ["name": .string($0.0), "type": 3, "value": .string($0.1)] }),
            ],
        ]
        if isDirect {
            members["user"] = asker
        } else {
            members["guild_id"] = "1300000000000000003"
            members["member"] = ["user": asker, "roles": []]
        }
        let begun = Date()
        let (status, json) = try send(url, .object(members))
        let seconds = Date().timeIntervalSince(begun)
        if status == 200, seconds < 3 { take(json, token) }
        return Asked(status: status, json: json, token: token, seconds: seconds)
    }

    package func ping(_ url: String) throws -> (status: Int, json: JSONTree) {
        try send(url, ["id": "1", "application_id": .string(applicationID), "type": 1, "token": "ping", "version": 1])
    }

    /// Signed as Discord does, or as the test wants it.
    /// - `changing`: what is done to the headers and the body after they were signed.
    package func send(
        _ url: String, _ json: JSONTree, at time: Date = Date(), by pen: SigningKey? = nil,
        changing: (inout [String: String], inout [UInt8]) -> Void = { _, _ in }
    ) throws -> (status: Int, json: JSONTree) {
        var body = Array(json.text.utf8)
        let stamp = String(Int(time.timeIntervalSince1970))
        var headers = [
            "Content-Type": "application/json", "User-Agent": "Discord-Interactions/1.0",
            "X-Signature-Timestamp": stamp,
            "X-Signature-Ed25519": Hex.text((pen ?? key).sign(Array(stamp.utf8) + body)),
        ]
        changing(&headers, &body)
        var arguments = ["-sS", "-g", "-m", "3", "-X", "POST", "-w", "\n%{http_code}", "--data-binary", "@-"]
        for (name, value) in headers { arguments += ["-H", "\(name): \(value)"] }
        let answer = try Command.run("curl", arguments + ["-H", "Expect:", url], input: Data(body))
        guard answer.status == 0 else { return (0, .null) }
        let lines = answer.text.split(separator: "\n", omittingEmptySubsequences: false)
        let text = lines.dropLast().joined(separator: "\n")
        return (Int(lines.last ?? "") ?? 0, (try? JSONTree(text: Data(text.utf8))) ?? .null)
    }

    /// The first answer: a message, or that one comes later.
    private func take(_ json: JSONTree, _ token: String) {
        lock.withLock {
            guard let type = json["type"]?.int, type == 4 || type == 5 else { return }
            var message = Message(id: state.nextID())
            message.content = json["data"]?["content"]?.string ?? ""
            message.json = json["data"] ?? .null
            state.interactions[token]?.isAnswered = true
            state.interactions[token]?.isEphemeral = (json["data"]?["flags"]?.int ?? 0) & 64 != 0
            state.interactions[token]?.original = message
        }
    }
}
