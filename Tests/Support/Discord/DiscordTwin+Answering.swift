import Foundation

/// Between the wire and the rules: faults, limits of rate, memory.
extension DiscordTwin {
    func answer(_ request: SocketRequest) -> SocketServer.Answer {
        lock.withLock {
            let fault = state.faults.isEmpty ? state.lastingFault : state.faults.removeFirst()
            switch fault {
            case nil: return .response(obey(request))
            case .slow(let seconds): return .after(seconds: seconds, .response(obey(request)))
            case .reset: return note(request, .reset)
            case .answerLost: return .resetAmid(obey(request))
            case .garbage: return note(request, .garbage)
            case .hang: return note(request, .hang)
            case .status(let status): return .response(remember(request, SocketResponse(status)))
            case .limited(let seconds, let scope): return .response(remember(request, tooMany(seconds, scope)))
            case .refused(let status, let code):
                return .response(remember(request, Self.error(status, code, "as the test wants it")))
            }
        }
    }

    private func note(_ request: SocketRequest, _ answer: SocketServer.Answer) -> SocketServer.Answer {
        _ = remember(request, SocketResponse(0))
        return answer
    }

    private func obey(_ request: SocketRequest) -> SocketResponse {
        guard let bucket = bucket(of: request) else { return remember(request, Self.error(404, 0, "404: Not Found")) }
        let isInteraction = bucket.hasPrefix("webhooks")
        if !isInteraction, let response = overGlobalLimit() { return remember(request, response) }
        let (left, ends) = take(from: bucket)
        guard left >= 0 else { return remember(request, tooMany(ends.timeIntervalSinceNow, "user")) }
        var response = perform(request)
        response.headers["X-RateLimit-Limit"] = String(state.bucketLimit)
        response.headers["X-RateLimit-Remaining"] = String(left)
        response.headers["X-RateLimit-Reset-After"] = String(format: "%.3f", max(0, ends.timeIntervalSinceNow))
        response.headers["X-RateLimit-Bucket"] = Hex.text(bucket.utf8.prefix(8))
        return remember(request, response)
    }

    private func remember(_ request: SocketRequest, _ response: SocketResponse) -> SocketResponse {
        let code = (try? JSONTree(text: response.body))?["code"]?.int ?? 0
        state.calls.append(
            Call(
                method: request.method, path: String(request.path.dropFirst("/api/v10".count)),
                status: response.status, code: code, authorization: request.headers["authorization"], at: Date()))
        return response
    }

    // MARK: Limits of rate

    /// Method and the resource that counts: a channel, or an interaction with its token.
    private func bucket(of request: SocketRequest) -> String? {
        let parts = request.parts
        guard parts.count > 3, parts[0] == "api", parts[1] == "v10" else { return nil }
        let resource = parts[2] == "webhooks" ? parts[2...].prefix(3) : parts[2...].prefix(2)
        return resource.joined(separator: "/") + " " + request.method
    }

    private func take(from name: String) -> (left: Int, ends: Date) {
        var bucket = state.buckets[name] ?? Bucket(left: 0, ends: .distantPast)
        if bucket.ends <= Date() {
            bucket = Bucket(left: state.bucketLimit, ends: Date() + state.bucketSeconds)
        }
        bucket.left -= 1
        state.buckets[name] = bucket
        return (bucket.left, bucket.ends)
    }

    /// So many calls a second over everything that a bot does; interactions are left out of it.
    private func overGlobalLimit() -> SocketResponse? {
        let second = Date() - 1
        let recent = state.calls.reversed().prefix { $0.at > second }.count { !$0.path.hasPrefix("/webhooks") }
        return recent >= state.globalLimit ? tooMany(1, "global") : nil
    }

    private func tooMany(_ seconds: Double, _ scope: String) -> SocketResponse {
        let isGlobal = scope == "global"
        var headers = ["Retry-After": String(Int(max(0, seconds).rounded(.up))), "X-RateLimit-Scope": scope]
        if isGlobal { headers["X-RateLimit-Global"] = "true" }
        let json: JSONTree = [
            "message": "You are being rate limited.", "retry_after": .number(max(0, seconds)),
            "global": .bool(isGlobal),
        ]
        return SocketResponse(429, json, headers: headers)
    }

    static func error(_ status: Int, _ code: Int, _ message: String) -> SocketResponse {
        SocketResponse(status, ["message": .string(message), "code": .number(Double(code))])
    }
}
