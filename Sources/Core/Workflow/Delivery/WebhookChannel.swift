import JSON

/// A webhook as Standard Webhooks has it: `webhook-id` stays over tries, the timestamp is each try's own, one `v1`
/// signature for each secret that counts at the moment.
public struct WebhookChannel: DeliveryChannel {
    private let url: String
    private let secrets: [Secret]
    private let delays: [Microseconds]

    /// - `secrets`: as `whsec_` and Base64, the newest first; several while receivers change over.
    /// - `delays`: before each try; the first is the one before the first try.
    public init(url: String, secrets: [Secret], delays: [Microseconds]) {
        self.url = url
        self.secrets = secrets
        self.delays = delays
    }

    public func check(_ notice: Notice, now: Microseconds) -> ChannelState {
        guard !secrets.isEmpty else { return .malformed("no secret of that name is known") }
        guard secrets.allSatisfy({ Self.key($0) != nil }) else {
            return .malformed("the secret is not whsec_ and Base64 of 24 to 64 bytes")
        }
        return .open
    }

    public func request(for notice: Notice, now: Microseconds) -> OutgoingRequest {
        let body = Array(notice.run.body)
        let time = String(now / 1_000_000)
        let signed = Array("\(notice.id).\(time).".utf8) + body
        let signatures = secrets.compactMap(Self.key).map { key in
            "v1," + String(decoding: Base64.encode(HMAC.sha256(key: key, signed)[...]), as: UTF8.self)
        }
        return OutgoingRequest(
            "POST", Secret(url),
            headers: [
                ("webhook-id", Secret(notice.id)), ("webhook-timestamp", Secret(time)),
                ("webhook-signature", Secret(signatures.joined(separator: " "))),
            ], body: .bytes(body, type: "application/json"), isRepeatable: false)
    }

    /// Only 2xx is a success. Redirects are not followed: the receiver is where the request says.
    public func verdict(
        on answer: SendAnswer, to request: OutgoingRequest, for notice: Notice, now: Microseconds
    ) -> Verdict {
        switch answer {
        case .reply(let reply): verdict(on: reply)
        case .failed(.timedOut): .retry("no answer in time")
        case .failed(.unreachable(let words)): .retry(words)
        case .failed(.refused(let words)): .refused(words)
        }
    }

    private func verdict(on reply: SendReply) -> Verdict {
        switch reply.status {
        case 200..<300: .delivered(memo: nil)
        case 410: .disabled("410: the endpoint is gone")
        case 300..<400: .retry("\(reply.status): redirects are not followed")
        case 429, 500...: .retry("\(reply.status)", after: RetryAfter.microseconds(reply.headers))
        default: .retry("\(reply.status)")
        }
    }

    /// Spread by a fifth to either side, so that what failed together does not come back together.
    public func delay(afterTry tries: Int, draw: Double) -> Microseconds? {
        guard tries < delays.count else { return nil }
        return Microseconds(Double(delays[tries]) * (0.8 + 0.4 * draw))
    }

    static func key(_ secret: Secret) -> [UInt8]? {
        guard secret.revealed.hasPrefix("whsec_"),
            let key = Base64.decode(Array(secret.revealed.utf8.dropFirst(6))[...]), (24...64).contains(key.count)
        else { return nil }
        return key
    }
}

/// `Retry-After` of RFC 9110: seconds, or a date that is compared with the server's own `Date`, so that no clock of
/// ours takes part.
extension RetryAfter {
    package static func microseconds(_ headers: [String: String]) -> Microseconds? {
        let lines = headers.map { (name: $0.key, value: $0.value) }
        return milliseconds(HTTPReply(status: 0, headers: lines, body: [])).map { Microseconds($0) * 1_000 }
    }
}
