public import JSON
import Synchronization

/// How far a handler says it is: the latest word only, however often it speaks.
public final class HandlerProgress: Sendable {
    private static let longestText = 200
    private let latest = Mutex<Bytes?>(nil)

    public init() {}

    /// What was said last, as JSON; nil before the first word.
    public var json: Bytes? { latest.withLock { $0 } }

    func report(done: Double?, text: String?) {
        var writer = JSONWriter(reserving: 64)
        writer.beginObject()
        if let done, done.isFinite {
            writer.key("done")
            writer.raw(Array(String((min(max(done, 0), 1) * 1_000).rounded() / 1_000).utf8)[...])
        }
        if let text {
            writer.key("text")
            writer.string(String(text.prefix(Self.longestText)))
        }
        writer.endObject()
        latest.withLock { $0 = writer.bytes[...] }
    }
}

extension HandlerInput {
    /// Tells people how far this attempt is: a part of 1, a few words, or both. Shown about once a second; may be
    /// called as often as one likes, from anywhere. Does nothing where nobody looks.
    public func report(done: Double? = nil, text: String? = nil) {
        progress?.report(done: done, text: text)
    }
}
