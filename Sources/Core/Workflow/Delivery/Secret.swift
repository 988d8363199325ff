/// Something that must never be seen: a token, a key. Nothing that is written for people shows it.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Only for the request that needs it.
    public let revealed: String

    public init(_ text: String) { revealed = text }

    public var description: String { "***" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
