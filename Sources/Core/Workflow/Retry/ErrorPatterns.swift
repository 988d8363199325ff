public import JSON

/// The `errors` lists of a flow: looked at before those of the settings.
public struct FlowErrors: Sendable, Equatable {
    public let permanent: [ErrorPattern]
    public let transient: [ErrorPattern]

    public init(permanent: [String] = [], transient: [String] = []) {
        self.permanent = permanent.map { ErrorPattern($0) }
        self.transient = transient.map { ErrorPattern($0) }
    }
}

/// Tells the class of a failure from its text, for executors that do not state one.
///
/// The flow's own lists come first, then those of the settings; in each, permanent comes before transient. What no
/// pattern knows, and an empty text, is permanent: something unknown is not repeated.
public struct ErrorPatterns: Sendable, Equatable {
    public static let defaultPermanent = [
        "validation", "invalid", "not found", "unauthorized", "forbidden", "bad request", "malformed",
        "missing required",
    ]
    public static let defaultTransient = [
        "connection", "timeout", "unavailable", "temporary", "network", "refused", "unreachable", "no route",
        "connection reset", "broken pipe", "node not found", "node offline",
    ]

    private let permanent: [ErrorPattern]
    private let transient: [ErrorPattern]

    public init(permanent: [String] = defaultPermanent, transient: [String] = defaultTransient) {
        self.permanent = permanent.map { ErrorPattern($0) }
        self.transient = transient.map { ErrorPattern($0) }
    }

    public func classify(_ text: Bytes, flow: FlowErrors = FlowErrors()) -> ErrorClass {
        let text = ErrorPattern.lowered(Self.excerpt(text))
        return judge(text, flow.permanent, flow.transient) ?? judge(text, permanent, transient) ?? .permanent
    }

    /// What is looked at of a long text: its beginning, and its end, where stack traces keep their message.
    private static func excerpt(_ text: Bytes) -> Bytes {
        text.count <= 2 * excerptBytes ? text : text.prefix(excerptBytes) + [0x0A] + text.suffix(excerptBytes)
    }

    private static let excerptBytes = 2_048

    /// A permanent pattern does not count where it is found only as part of a longer transient one:
    /// `node not found` is transient although it has `not found` in it.
    private func judge(_ text: [UInt8], _ permanent: [ErrorPattern], _ transient: [ErrorPattern]) -> ErrorClass? {
        let within = transient.flatMap { wider in wider.places(in: text) }
        for pattern in permanent {
            let found = pattern.places(in: text)
            if !found.isEmpty, Self.isOneOutside(within, found, text.count) { return .permanent }
        }
        return within.isEmpty ? nil : .transient
    }

    /// Whether one of the places, in their order, does not lie inside a wider one. In one pass: texts may be made so
    /// that everything is found everywhere.
    private static func isOneOutside(_ wider: [Range<Int>], _ places: [Range<Int>], _ count: Int) -> Bool {
        var reach = [Int](repeating: 0, count: count)
        for wide in wider where wide.count > places[0].count {
            reach[wide.lowerBound] = max(reach[wide.lowerBound], wide.upperBound)
        }
        var (next, furthest) = (0, 0)
        for place in places {
            while next <= place.lowerBound {
                furthest = max(furthest, reach[next])
                next += 1
            }
            if furthest < place.upperBound { return true }
        }
        return false
    }
}

/// A piece of text that is looked for without regard to the case of ASCII letters.
public struct ErrorPattern: Sendable, Equatable {
    let bytes: [UInt8]
    /// How much of the pattern still fits after a mismatch behind so many bytes (Knuth, Morris, Pratt): a text never
    /// takes more steps than twice its length.
    private let rest: [Int]

    init(_ text: String) {
        bytes = Self.lowered(Array(text.utf8)[...])
        var rest = [Int](repeating: 0, count: bytes.count + 1)
        var fits = 0
        for place in bytes.indices.dropFirst() {
            while fits > 0, bytes[place] != bytes[fits] { fits = rest[fits] }
            if bytes[place] == bytes[fits] { fits += 1 }
            rest[place + 1] = fits
        }
        self.rest = rest
    }

    static func lowered(_ text: Bytes) -> [UInt8] {
        text.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }

    /// Where it occurs in text that is lower case already; nowhere if it is empty.
    func places(in text: [UInt8]) -> [Range<Int>] {
        guard !bytes.isEmpty else { return [] }
        var places: [Range<Int>] = []
        var fits = 0
        for (place, byte) in text.enumerated() {
            while fits > 0, fits == bytes.count || byte != bytes[fits] { fits = rest[fits] }
            if byte == bytes[fits] { fits += 1 }
            if fits == bytes.count { places.append(place + 1 - fits..<place + 1) }
        }
        return places
    }
}
