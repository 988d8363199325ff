/// Why something outside could not answer a service: the store, the log, the registry.
///
/// The message names the address, never a password or a payload.
public struct AccessFailure: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Kind: Sendable {
        /// Nobody answers there, or the time limit passed; nothing is known about what was asked.
        case unreachable
        /// Somebody answers, and does not let us in.
        case unauthorized
        /// What leads there cannot be right, such as an address nobody can read.
        case misconfigured
        /// The schema is missing or older than this program needs.
        case outdatedSchema
        /// What was to be new is there already, such as an id.
        case taken
        /// The request was understood and refused.
        case refused
    }

    public let kind: Kind
    public let message: String
    /// Whether it was the log (Kafka) rather than the store (Postgres).
    public let isLog: Bool

    public init(_ kind: Kind, _ message: String, isLog: Bool = false) {
        self.kind = kind
        self.message = message
        self.isLog = isLog
    }

    public var description: String { message }
}
