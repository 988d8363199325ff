import JSON
import Workflow

/// The form of a kept result's file.
enum OrphanFile {
    static func write(_ owed: OwedDelivery, _ kept: KeptNote, command: String, path: String, at now: Microseconds)
        -> [UInt8]
    {
        var writer = JSONWriter(reserving: kept.results.count + 512)
        writer.beginObject()
        writer.member("workflow_id", string: owed.runID.bytes)
        writer.member("timestamp", string: Timestamp.text(now))
        writer.key("url")
        if let url = owed.url { writer.string(url) } else { writer.null() }
        writer.key("depth")
        if let depth = kept.depth { writer.string(depth) } else { writer.null() }
        writer.member("results", raw: kept.results)
        writer.key("retrieval_info")
        writer.beginObject()
        writer.member("command", string: command)
        writer.member("file_path", string: path)
        let isClosed = kept.reason == KeepReason.sessionClosed.rawValue
        writer.member("status", string: isClosed ? "session_closed_during_workflow" : kept.reason)
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }
}

/// Why a result is kept, as metrics and rows name it.
enum KeepReason: String {
    /// The chat's token had ended.
    case sessionClosed = "session_closed"
    /// Receivers were asked, and none took it.
    case undeliverable
    /// No channel of the request could be used.
    case malformed
    /// A channel told of it, and could not take the whole of it.
    case tooLarge = "too_large"
    /// The request says so.
    case requested
}
