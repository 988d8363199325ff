public import JSON

/// Reads dead letters and what they have in common.
public protocol LetterReading {
    /// From the newest to the oldest, without payloads; `before` is the id that the last page ended with.
    func letters(_ selection: LetterSelection, state: String?, before: Int?, limit: Int) throws(AccessFailure)
        -> [LetterEntry]

    /// One letter with its payloads, by its id or message id.
    func letter(_ name: String) throws(AccessFailure) -> LetterEntry?

    /// Those seen last first; `before` is the place that the last page ended with.
    func fingerprints(_ filter: FingerprintFilter) throws(AccessFailure) -> [FingerprintEntry]

    func fingerprint(_ id: String) throws(AccessFailure) -> FingerprintEntry?
}

/// Changes dead letters and fingerprints at somebody's wish; each change of a letter is in the audit log.
public protocol LetterKeeping {
    /// An open letter that nobody will redrive; nil when it is open no more, or unknown.
    func discard(_ messageID: String, _ wish: Wish) throws(AccessFailure) -> Bool

    /// Absent values stay as they are, empty texts are taken away. False for an unknown fingerprint.
    func annotate(_ fingerprint: String, _ annotation: FingerprintAnnotation, _ wish: Wish) throws(AccessFailure)
        -> Bool
}

/// Who wants something, why, and under which name it is kept.
public struct Wish: Sendable, Equatable {
    public var requestID: String
    public var actor: String?
    public var reason: String?

    public init(requestID: String, actor: String? = nil, reason: String? = nil) {
        self.requestID = requestID
        self.actor = actor
        self.reason = reason
    }
}

/// A dead letter as its row says it. Times are RFC 3339 with milliseconds.
public struct LetterEntry: Sendable, Equatable {
    public var id = 0
    public var messageID = ""
    public var kind = ""
    public var reason = ""
    public var runID: String?
    public var taskID: String?
    public var handler: String?
    public var attempts = 0
    public var error = ""
    public var errorClass: String?
    public var errorType: String?
    public var failedAt = ""
    public var sessionID: String?
    public var tenantID: String?
    public var flowID: String?
    public var fingerprint = ""
    public var state = ""
    public var closedAt: String?
    public var closedBy: String?
    public var closedReason: String?
    public var task: Bytes?
    public var original: Bytes?
    public var value: Bytes?

    public init() {}
}

public struct FingerprintFilter: Sendable, Equatable {
    /// Only such as have open letters.
    public var isOpen = false
    public var owner: String?
    public var includesMuted = false
    public var handler: String?
    /// The last of the page before: its last time in microseconds, and its id.
    public var before: (seen: Microseconds, id: String)?
    public var limit = 50

    public init() {}

    public static func == (one: FingerprintFilter, other: FingerprintFilter) -> Bool {
        one.isOpen == other.isOpen && one.owner == other.owner && one.includesMuted == other.includesMuted
            && one.handler == other.handler && one.limit == other.limit && one.before?.seen == other.before?.seen
            && one.before?.id == other.before?.id
    }
}

/// One error, however often it happened.
public struct FingerprintEntry: Sendable, Equatable {
    public var fingerprint = ""
    public var handler: String?
    public var errorClass: String?
    public var errorType: String?
    public var pattern = ""
    public var example = ""
    public var firstSeen = ""
    public var lastSeen = ""
    public var lastSeenTime: Microseconds = 0
    public var letters = 0
    public var open = 0
    public var note: String?
    public var owner: String?
    public var isMuted = false
    /// Letters in each of the last 24 hours, the present one last.
    public var trend: [Int] = []

    public init() {}
}

public struct FingerprintAnnotation: Sendable, Equatable {
    public var note: String?
    public var owner: String?
    public var isMuted: Bool?

    public init(note: String? = nil, owner: String? = nil, isMuted: Bool? = nil) {
        self.note = note
        self.owner = owner
        self.isMuted = isMuted
    }
}
