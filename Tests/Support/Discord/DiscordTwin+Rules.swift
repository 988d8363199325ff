import Foundation

/// What each call does, by Discord's documentation.
extension DiscordTwin {
    private struct Post {
        var json: JSONTree
        var files: [(name: String, bytes: [UInt8])] = []
    }

    func perform(_ request: SocketRequest) -> SocketResponse {
        let parts = Array(request.parts.dropFirst(2))
        switch (request.method, parts.count, parts[0]) {
        case ("PATCH", 5, "webhooks") where parts[3] == "messages" && parts[4] == "@original":
            return withToken(parts[1], parts[2]) { edit(request, $0) }
        case ("PATCH", 5, "webhooks") where parts[3] == "messages":
            return withToken(parts[1], parts[2]) { editFollowUp(request, $0, parts[4]) }
        case ("PATCH", 4, "channels") where parts[2] == "messages":
            return asBot(request) { editMessage(request, in: parts[1], parts[3]) }
        case ("POST", 3, "webhooks"): return withToken(parts[1], parts[2]) { follow(request, $0) }
        case ("POST", 3, "channels") where parts[2] == "messages":
            return asBot(request) { write(request, to: parts[1]) }
        case ("POST", 3, "users") where parts[1] == "@me" && parts[2] == "channels":
            return asBot(request) { openDirect(request) }
        default: return Self.error(404, 0, "404: Not Found")
        }
    }

    // MARK: Who may

    private func asBot(_ request: SocketRequest, _ body: () -> SocketResponse) -> SocketResponse {
        guard request.headers["authorization"] == "Bot \(botToken)" else {
            return Self.error(401, 0, "401: Unauthorized")
        }
        return body()
    }

    /// A token is good from the first answer, given within three seconds, to its end.
    private func withToken(_ application: String, _ token: String, _ body: (String) -> SocketResponse)
        -> SocketResponse
    {
        guard application == applicationID else { return Self.error(404, 10015, "Unknown Webhook") }
        guard let one = state.interactions[token], one.ends > Date() else {
            return Self.error(401, 50027, "Invalid Webhook Token")
        }
        guard one.isAnswered else { return Self.error(404, 10062, "Unknown interaction") }
        return body(token)
    }

    // MARK: Messages

    private func edit(_ request: SocketRequest, _ token: String) -> SocketResponse {
        switch read(request) {
        case .failure(let refusal): return refusal.response
        case .success(let post):
            guard var message = state.interactions[token]?.original else {
                return Self.error(404, 10008, "Unknown Message")
            }
            message.take(post.json, post.files)
            message.edits += 1
            state.interactions[token]?.original = message
            return SocketResponse(200, message.answer)
        }
    }

    private func follow(_ request: SocketRequest, _ token: String) -> SocketResponse {
        switch read(request) {
        case .failure(let refusal): return refusal.response
        case .success(let post):
            var message = Message(id: state.nextID())
            message.take(post.json, post.files)
            state.interactions[token]?.followUps.append(message)
            return SocketResponse(200, message.answer)
        }
    }

    private func editFollowUp(_ request: SocketRequest, _ token: String, _ id: String) -> SocketResponse {
        change(request, state.interactions[token]?.followUps ?? [], id) { state.interactions[token]?.followUps = $0 }
    }

    private func editMessage(_ request: SocketRequest, in channel: String, _ id: String) -> SocketResponse {
        guard let known = state.channels[channel] else { return Self.error(404, 10003, "Unknown Channel") }
        if let refusal = known.refusal { return Self.error(refusal.status, refusal.code, "Missing Access") }
        return change(request, known.messages, id) { state.channels[channel]?.messages = $0 }
    }

    private func change(
        _ request: SocketRequest, _ messages: [Message], _ id: String, _ keep: ([Message]) -> Void
    ) -> SocketResponse {
        switch read(request) {
        case .failure(let refusal): return refusal.response
        case .success(let post):
            var messages = messages
            guard let place = messages.firstIndex(where: { $0.id == id }) else {
                return Self.error(404, 10008, "Unknown Message")
            }
            messages[place].take(post.json, post.files)
            messages[place].edits += 1
            keep(messages)
            return SocketResponse(200, messages[place].answer)
        }
    }

    private func write(_ request: SocketRequest, to id: String) -> SocketResponse {
        guard var channel = state.channels[id] else { return Self.error(404, 10003, "Unknown Channel") }
        if let refusal = channel.refusal { return Self.error(refusal.status, refusal.code, "Missing Access") }
        switch read(request) {
        case .failure(let refusal): return refusal.response
        case .success(let post):
            let nonce = post.json["enforce_nonce"] == true ? post.json["nonce"]?.string : nil
            if let nonce, let known = channel.nonces[nonce],
                let message = channel.messages.first(where: { $0.id == known })
            {
                return SocketResponse(200, message.answer)
            }
            var message = Message(id: state.nextID())
            message.take(post.json, post.files)
            channel.messages.append(message)
            if let nonce { channel.nonces[nonce] = message.id }
            state.channels[id] = channel
            return SocketResponse(200, message.answer)
        }
    }

    private func openDirect(_ request: SocketRequest) -> SocketResponse {
        let user = (try? JSONTree(text: request.body))?["recipient_id"]?.string ?? ""
        guard let channel = state.directChannels[user] else {
            return Self.error(400, 50033, "Invalid Recipient(s)")
        }
        return SocketResponse(200, ["id": .string(channel), "type": 1])
    }

    // MARK: What may be said

    private struct Refusal: Error {
        let response: SocketResponse
        init(_ status: Int, _ code: Int, _ message: String) { response = DiscordTwin.error(status, code, message) }
    }

    private func read(_ request: SocketRequest) -> Result<Post, Refusal> {
        guard request.body.count <= Self.bodyLimit else {
            return .failure(Refusal(413, 40005, "Request entity too large"))
        }
        guard let post = FormParts(request).map({ form(of: $0) }) ?? plain(request) else {
            return .failure(Refusal(400, 50109, "The request body contains invalid JSON."))
        }
        guard post.files.isEmpty || request.body.count < state.smallestRefusedForm else {
            return .failure(Refusal(413, 40005, "Request entity too large"))
        }
        let content = post.json["content"]?.string ?? ""
        guard content.utf16.count <= Self.contentLimit else {
            return .failure(Refusal(400, 50035, "Must be 2000 or fewer in length."))
        }
        guard !content.isEmpty || !post.files.isEmpty else {
            return .failure(Refusal(400, 50006, "Cannot send an empty message"))
        }
        if let nonce = post.json["nonce"]?.string, nonce.utf8.count > 25 {
            return .failure(Refusal(400, 50035, "Must be 25 or fewer in length."))
        }
        return .success(post)
    }

    private func plain(_ request: SocketRequest) -> Post? {
        guard request.headers["content-type"] == "application/json" else { return nil }
        return (try? JSONTree(text: request.body)).map { Post(json: $0) }
    }

    /// `payload_json` and `files[n]`, each of which has an entry in `attachments`.
    private func form(of form: FormParts) -> Post? {
        guard let first = form.parts.first(where: { $0.name == "payload_json" }),
            let json = try? JSONTree(text: first.bytes)
        else { return nil }
        let described = json["attachments"]?.array ?? []
        var post = Post(json: json)
        for part in form.parts where part.name.hasPrefix("files[") {
            let number = Int(part.name.dropFirst("files[".count).dropLast())
            guard let filename = part.filename, number != nil,
                described.contains(where: { $0["id"]?.int == number && $0["filename"]?.string == filename })
            else { return nil }
            post.files.append((filename, part.bytes))
        }
        return post
    }
}

extension DiscordTwin.Message {
    /// An edit replaces what it names; files that `attachments` does not name are gone.
    fileprivate mutating func take(_ json: JSONTree, _ files: [(name: String, bytes: [UInt8])]) {
        self.json = json
        if let content = json["content"]?.string { self.content = content }
        if json["attachments"] != nil || !files.isEmpty { self.files = files }
    }

    fileprivate var answer: JSONTree { ["id": .string(id), "type": 0, "content": .string(content)] }
}
