/// What one kind of channel knows: pure, so that a check costs nothing and every answer can be tested.
///
/// The courier asks `check` before every send, then for the `request`, sends it, and asks what the answer means. A
/// channel never fails: whatever goes wrong is a state or a verdict with one sentence that holds no secret.
public protocol DeliveryChannel: Sendable {
    func check(_ notice: Notice, now: Microseconds) -> ChannelState
    /// Asked only while `check` says open. The same notice gives the same request, but for times and signatures.
    func request(for notice: Notice, now: Microseconds) -> OutgoingRequest
    func verdict(
        on answer: SendAnswer, to request: OutgoingRequest, for notice: Notice, now: Microseconds
    ) -> Verdict
    /// How long to rest after this many tries, counted from 1; nil: that was the last one.
    /// - `draw`: 0 to 1, for jitter.
    func delay(afterTry tries: Int, draw: Double) -> Microseconds?
    /// Whether what it will say may leave something out, so that it must hold a code to pick the rest up with.
    func needsCode(for notice: Notice) -> Bool
    /// A limit of the receiver's that this answer used up, and how long it rests.
    func usedUp(_ answer: SendAnswer, by request: OutgoingRequest) -> (limit: String, rest: Microseconds)?
    /// How long limits of the receiver's are borne that count as no try; then the channel is given up.
    var patience: Microseconds { get }
}

extension DeliveryChannel {
    public func needsCode(for notice: Notice) -> Bool { false }
    public func usedUp(_ answer: SendAnswer, by request: OutgoingRequest) -> (limit: String, rest: Microseconds)? {
        nil
    }
    public var patience: Microseconds { 36_000_000_000 }
}

/// Whether a channel can be used now.
public enum ChannelState: Sendable, Equatable {
    case open
    /// Its time is over; normal, not an error.
    case expired(String)
    /// It will take nothing any more.
    case closed(String)
    /// What it needs is missing.
    case malformed(String)
}

/// One HTTP request that a channel wants sent.
public struct OutgoingRequest: Sendable, Equatable {
    public enum Body: Sendable, Equatable {
        case none
        case bytes([UInt8], type: String)
        case multipart([Part])
    }

    public struct Part: Sendable, Equatable {
        public var name: String
        public var fileName: String?
        public var type: String
        public var bytes: [UInt8]

        public init(name: String, fileName: String? = nil, type: String, bytes: [UInt8]) {
            self.name = name
            self.fileName = fileName
            self.type = type
            self.bytes = bytes
        }
    }

    public var method: String
    /// May hold a token: never shown.
    public var url: Secret
    public var headers: [(name: String, value: Secret)]
    public var body: Body
    /// A repeat changes nothing more than the first (an edit); false: the receiver may see it twice.
    public var isRepeatable: Bool
    /// Which of several requests of one notice this is, counted from 0 (`Verdict.next`).
    public var step: Int
    /// Limits it falls under, as `Verdict.retry` names them: while one is held back, so is this.
    public var limits: [String]
    /// To an address that the run's request brought along: only public ones are called, unless the operator allows
    /// more.
    public var isGuarded = true

    public init(
        _ method: String, _ url: Secret, headers: [(name: String, value: Secret)] = [], body: Body = .none,
        isRepeatable: Bool, step: Int = 0, limits: [String] = []
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.isRepeatable = isRepeatable
        self.step = step
        self.limits = limits
    }

    public static func == (left: OutgoingRequest, right: OutgoingRequest) -> Bool {
        left.method == right.method && left.url == right.url && left.body == right.body && left.step == right.step
            && left.headers.elementsEqual(right.headers) { $0.name == $1.name && $0.value == $1.value }
    }
}

/// What came of sending.
public enum SendAnswer: Sendable, Equatable {
    case reply(SendReply)
    case failed(SendFailure)
}

/// Names of headers are in lower case; a body is cut at the sender's limit.
public struct SendReply: Sendable, Equatable {
    public var status: Int
    public var headers: [String: String]
    public var body: [UInt8]

    public init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Why there is no answer. Words never hold a URL's path, user or query.
public enum SendFailure: Sendable, Equatable {
    case timedOut
    case unreachable(String)
    /// The address or the URL is one that may not or cannot be called.
    case refused(String)
}

/// What an answer means for the notice on this channel. Sentences are for people and hold no secret.
public enum Verdict: Sendable, Equatable {
    /// - `memo`: kept for later notices of this channel and run (a message's id).
    /// - `isWhole`: false where only the way to the result was told: the result is kept as well.
    case delivered(memo: String?, isWhole: Bool = true)
    /// Another request belongs to it (the direct message after its channel was opened); not a new try.
    case next(OutgoingRequest)
    /// The channel's time is over: on to the next one.
    case expired(String)
    /// Final for this channel: on to the next one.
    case closed(String)
    /// Final for this notice on this channel: on to the next one.
    case refused(String)
    /// Later, on this channel.
    /// - `after`: as the receiver told; nil: as `delay` says.
    /// - `holding`: a limit that was reached: whatever falls under it waits as long.
    /// - `counts`: whether it was a try (a limit that was reached is none).
    case retry(String, after: Microseconds? = nil, holding: String? = nil, counts: Bool = true)
    /// As `closed`, and nothing is ever sent to this endpoint again until somebody replays to it.
    case disabled(String)
}
