import API
import JSON
import Workflow

extension OutputRecord {
    /// A dead letter; in a list the table keeps to what fits a line.
    init(_ letter: LetterEntry, inList: Bool) {
        self.init()
        add("id", .number(letter.id))
        add("message_id", .text(letter.messageID), inTable: !inList)
        add("kind", .text(letter.kind), inTable: !inList)
        add("state", .text(letter.state))
        add("reason", .text(letter.reason))
        add("run_id", Value(letter.runID))
        add("task_id", Value(letter.taskID))
        add("handler", Value(letter.handler))
        add("attempts", .number(letter.attempts), inTable: !inList)
        add("flow_id", Value(letter.flowID), inTable: !inList)
        add("session_id", Value(letter.sessionID), inTable: !inList)
        add("tenant_id", Value(letter.tenantID), inTable: !inList)
        add("failed_at", .text(letter.failedAt))
        add("fingerprint", .text(letter.fingerprint))
        add("error_class", Value(letter.errorClass), inTable: !inList)
        add("error_type", Value(letter.errorType), inTable: !inList)
        add("closed_at", Value(letter.closedAt), inTable: !inList)
        add("closed_by", Value(letter.closedBy), inTable: !inList)
        add("closed_reason", Value(letter.closedReason), inTable: !inList)
        add("task", Value(json: letter.task), inTable: false)
        add("original", Value(json: letter.original), inTable: false)
        add("value_base64", Value(letter.value.map { Self.text(Base64.encode($0)) }), inTable: false)
        add("error", .text(letter.error))
    }

    init(_ print: FingerprintEntry, inList: Bool) {
        self.init()
        add("fingerprint", .text(print.fingerprint))
        add("open", .number(print.open))
        add("letters", .number(print.letters))
        add("handler", Value(print.handler))
        add("error_class", Value(print.errorClass))
        add("error_type", Value(print.errorType), inTable: !inList)
        add("first_seen", .text(print.firstSeen), inTable: !inList)
        add("last_seen", .text(print.lastSeen))
        add("trend", .json(Array("[\(print.trend.map(String.init).joined(separator: ","))]".utf8)[...]), inTable: false)
        if !inList { add("last_24_hours", .text(Self.bars(print.trend))) }
        add("owner", Value(print.owner))
        add("muted", print.isMuted ? .bool(true) : .absent, inTable: !inList)
        add("note", Value(print.note), inTable: !inList)
        add("example", .text(print.example), inTable: !inList)
        add("pattern", .text(print.pattern))
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    /// A bar for each hour, by the largest of them.
    static func bars(_ trend: [Int]) -> String {
        let bars = Array("▁▂▃▄▅▆▇█")
        let most = max(trend.max() ?? 0, 1)
        return String(trend.map { $0 == 0 ? "·" : bars[min(7, $0 * 8 / (most + 1))] })
    }
}
