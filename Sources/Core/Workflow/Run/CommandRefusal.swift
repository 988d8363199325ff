/// Why a command to a run was not carried out: a sentence for people, and a code where programs decide by it.
public struct CommandRefusal: Sendable, Equatable, ExpressibleByStringInterpolation {
    /// What can be over soon: whoever wants the run revived waits for that instead of giving it up.
    public enum Code: String, Sendable, CaseIterable {
        case notEnded = "run_not_ended"
        case justEnding = "run_ending"
        case liveRetry = "live_retry"
    }

    public let code: Code?
    public let sentence: String

    public init(_ code: Code?, _ sentence: String) {
        self.code = code
        self.sentence = sentence
    }

    public init(stringLiteral sentence: String) { self.init(nil, sentence) }

    public static func liveRetry(_ other: Identifier) -> CommandRefusal {
        CommandRefusal(.liveRetry, "another retry of the run is live: \(other)")
    }
}
