/// What went wrong in or on the way to Redis. Never holds a password, a key's value or a command's arguments.
public struct RedisError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Kind: Sendable {
        /// The URL is wrong; trying again does not help.
        case settings
        /// Not connected, and it is not yet time to try again.
        case gone
        /// The connection failed or broke.
        case connection
        /// No answer within the time limit.
        case timeout
        /// The server did not let us in.
        case login
        /// More answers are outstanding than the limit allows.
        case full
    }

    public let kind: Kind
    public let message: String

    public var description: String { "\(kind): \(message)" }
}
