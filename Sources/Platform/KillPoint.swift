import Glibc
import Synchronization

/// A named place in a loop at which a test may stop the process, to show that another goes on from exactly there.
///
/// Only in debug builds, and only when the environment names it: `FLOWFLEET_KILL_POINT=committing:3` ends the process
/// as a power cut would at the third passage, `committing:3:stop` puts it to sleep. Anywhere else a passage is one
/// comparison.
public enum KillPoint: String, CaseIterable, Sendable {
    case received
    case decided
    case committing
    case committedNotPublished = "committed-not-published"
    case publishing
    case publishedNotNoted = "published-not-noted"
    case mirroring
    case takingLane = "taking-a-lane"
    case givingUpLane = "giving-up-a-lane"
    case taskReceived = "task-received"
    case taskRunning = "task-running"
    case finishedNotPublished = "finished-not-published"
    case publishedNotReported = "published-not-reported"
    case reportedNotCommitted = "reported-not-committed"
    /// A result of a segment is made, and the next task has not begun.
    case segmentStep = "segment-step"
    case held
    case draining
    case claimed
    case publishedNotDeleted = "published-not-deleted"
    case insertedNotCommitted = "inserted-not-committed"
    case markedNotSent = "marked-not-sent"
    case sentNotNoted = "sent-not-noted"
    /// Kafka has acknowledged a request, and the caller has not been told.
    case producedNotAnswered = "produced-not-answered"

    @inline(__always)
    public func pass() {
        #if DEBUG
            Armed.current?.passed(self)
        #endif
    }

    /// What the environment asks for; nil when it asks for nothing or for nothing we know.
    static func plan(_ text: String?) -> (point: KillPoint, passage: Int, signal: Int32)? {
        guard let parts = text?.split(separator: ":"), let name = parts.first,
            let point = KillPoint(rawValue: String(name))
        else { return nil }
        let passage = parts.count > 1 ? Int(parts[1]) : 1
        guard let passage, passage > 0 else { return nil }
        return (point, passage, parts.count > 2 && parts[2] == "stop" ? SIGSTOP : SIGKILL)
    }

    private final class Armed: Sendable {
        static let current: Armed? = {
            let text = getenv("FLOWFLEET_KILL_POINT").map { String(cString: $0) }
            return plan(text).map { Armed($0) }
        }()

        let point: KillPoint
        let signal: Int32
        let left: Atomic<Int>

        init(_ plan: (point: KillPoint, passage: Int, signal: Int32)) {
            point = plan.point
            signal = plan.signal
            left = Atomic(plan.passage)
        }

        func passed(_ point: KillPoint) {
            guard point == self.point, left.subtract(1, ordering: .relaxed).newValue == 0 else { return }
            // To this very thread, so that it takes no further step: any thread may take a signal to the process.
            raise(signal)
        }
    }
}
