import JSON
import Workflow

/// The tables of the model, as one value: a transaction works on a copy, and going back is an assignment.
struct Tables {
    struct Checkpoint {
        var epoch: Int64 = 0
        var owner = ""
        var batch: Int64 = 0
        var emitted: Int64 = 0
        var takes: Int32 = 0
        var trying: Trying?
        var position: LanePosition
        var touched: [Identifier] = []
        var installation: String
        var updatedAt: Microseconds
        var lookedUntil: Microseconds = 0
    }

    struct Retry {
        var dueAt: Microseconds
        var claimedUntil: Microseconds?
        var claimedBy: String?
        var message: Bytes
        /// Held back by an open breaker.
        var isParked = false
        /// When the row was written last, by the world's clock.
        var writtenAt: Microseconds
    }

    struct OwedKey: Hashable {
        var runID: Identifier
        var ending: Int32
        var kind: OwedRow.Kind
    }

    struct Outbox {
        var batch: Int64
        var row: OutboxRow
    }

    var checkpoints: [Int32: Checkpoint] = [:]
    var runs: [Identifier: RunRow] = [:]
    var tasks: [Identifier: [Identifier: TaskRow]] = [:]
    /// Of tasks that were taken over: the run that executed them.
    var reused: [Identifier: [Identifier: Identifier]] = [:]
    var attempts: [AttemptKey: AttemptRow] = [:]
    var retries: [AttemptKey: Retry] = [:]
    var outbox: [Outbox] = []
    /// What couriers owe, and the status of its run when the row was written.
    var owed: [OwedKey: RunStatus] = [:]
    var pending: [PendingCommandRow] = []
    var nextPending: Int64 = 1
    var definitions: [String: Bytes] = [:]
    var versions: [FlowVersionKey: FlowVersionRow] = [:]
    var audits: [Bytes: AuditRow] = [:]
    var gaps: [LaneGap] = []
    var letters: [String: Letter] = [:]
    var campaigns: [String: Campaign] = [:]
    var breaker = Breaker()
    /// How attempts ended, as lanes noted it.
    var outcomes: [(at: Microseconds, succeeded: Int, failed: Int)] = []

    static let endOfTime = Microseconds.max / 4
    /// Bytes that the model's jsonb and text columns refuse.
    static let poison = Array("poison-for-the-store".utf8)

    /// What a jsonb column makes of a text; refuses what it cannot take.
    static func jsonb(_ text: Bytes?) throws(Refusal) -> Bytes? {
        guard let text else { return nil }
        if isPoison(text) { throw .data("a value cannot be stored") }
        return JSONCanonical.bytes(of: JSONValue(trusted: text))[...]
    }

    static func isPoison(_ text: Bytes) -> Bool {
        guard text.count >= poison.count else { return false }
        return text.withUnsafeBufferPointer { bytes in
            (0...bytes.count - poison.count).contains { start in
                bytes[start] == poison[0] && bytes[start + 1] == poison[1]
                    && poison.indices.allSatisfy { bytes[start + $0] == poison[$0] }
            }
        }
    }
}
