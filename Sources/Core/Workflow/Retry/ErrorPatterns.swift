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
        let text = ErrorPattern.lowered(text)
        return judge(text, flow.permanent, flow.transient) ?? judge(text, permanent, transient) ?? .permanent
    }

    /// A permanent pattern does not count where it is found only as part of a longer transient one:
    /// `node not found` is transient although it has `not found` in it.
    private func judge(_ text: [UInt8], _ permanent: [ErrorPattern], _ transient: [ErrorPattern]) -> ErrorClass? {
        let within = transient.flatMap { wider in wider.places(in: text) }
        for pattern in permanent {
            let found = pattern.places(in: text)
            let own = found.contains { place in
                !within.contains {
                    $0.count > place.count && $0.lowerBound <= place.lowerBound && $0.upperBound >= place.upperBound
                }
            }
            if own { return .permanent }
        }
        return within.isEmpty ? nil : .transient
    }
}

/// A piece of text that is looked for without regard to the case of ASCII letters.
public struct ErrorPattern: Sendable, Equatable {
    let bytes: [UInt8]

    init(_ text: String) { bytes = Self.lowered(Array(text.utf8)[...]) }

    static func lowered(_ text: Bytes) -> [UInt8] {
        text.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }

    /// Where it occurs in text that is lower case already; nowhere if it is empty.
    func places(in text: [UInt8]) -> [Range<Int>] {
        guard let first = bytes.first, text.count >= bytes.count else { return [] }
        var places: [Range<Int>] = []
        for start in 0...(text.count - bytes.count) where text[start] == first {
            if text[start..<start + bytes.count].elementsEqual(bytes) { places.append(start..<start + bytes.count) }
        }
        return places
    }
}
