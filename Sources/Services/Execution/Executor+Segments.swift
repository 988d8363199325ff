import JSON
import Platform
import Workflow

/// Segments: the tasks of a straight chain, run one after another, each from the outputs before it.
///
/// Each result says whether this executor goes on. It does not where anything speaks against it, and then the lane
/// dispatches the rest: so ending a segment early is always right, and costs one round trip.
extension Executor {
    /// Goes on in a segment at its first task; nil for a task that goes alone.
    func beginSegment(_ message: TaskMessage) -> RunningSegment? {
        guard message.isSegment else { return nil }
        segmentSerial += 1
        return RunningSegment(SegmentRun(message, plans.plan(of: message)), id: segmentIDs.id(segmentSerial))
    }

    /// The next task of its segment, from the output of this one; nil if it ends here.
    func follower(of attempt: RunningAttempt, _ outcome: HandlerOutcome, _ now: StepTime) -> RunningAttempt? {
        guard let segment = attempt.segment, let name = segment.run.nextHandler, mayGoOn(attempt),
            let output = outcome.usableOutput, output.bytes.count <= limits.outputBytes,
            let handler = handler(named: name), let message = segment.run.advance(with: output)
        else { return nil }
        var next = RunningAttempt(message, attempt.origin, handler, now)
        (next.segment, next.isSettled) = (segment, attempt.isSettled)
        counts.followed += 1
        outside.metrics?.followed.add()
        return next
    }

    /// Nobody told this attempt or this process to end, its run is not paused, and the record is still ours to answer
    /// for: or its lane knows that it is held.
    private func mayGoOn(_ attempt: RunningAttempt) -> Bool {
        #if DEBUG
            if ExecutorMutant.followsCancelled, attempt.ending == .cancelled { return true }
        #endif
        guard state == .running, attempt.ending == nil, publications.bytes < limits.unreportedBytes else {
            return false
        }
        if !pausedRuns.isEmpty, pausedRuns.contains(Array(attempt.message.runID)) { return false }
        guard !attempt.isSettled else { return true }
        return index(of: attempt.origin.assignment).map { partitions[$0].phase == .open } ?? false
    }

    /// What a result says of its segment; nil outside of segments.
    func link(_ attempt: RunningAttempt, to next: RunningAttempt? = nil) -> SegmentLink? {
        guard let segment = attempt.segment else { return nil }
        let step = segment.run.step - (next == nil ? 0 : 1)
        let mark = SegmentMark(id: segment.id, step: Int32(step))
        let hold = attempt.isSettled ? Int(limits.holdTime / 1_000) : nil
        return SegmentLink(mark, next: next?.message.taskID, holdMilliseconds: hold)
    }

    /// A segment that was delivered again is not run: some of it may have been, and its lane knows how far it came. It
    /// has the first task that is open done, in a message of its own.
    func giveBack(_ message: TaskMessage, _ origin: RecordOrigin) {
        counts.handedBack += 1
        publications.add(
            .done, lane: message.lane, key: message.runID, value: writer.held(message, milliseconds: 0), of: origin,
            settles: .record)
    }
}

/// One execution of a segment: where it is, and its results that are not in the log yet.
final class RunningSegment {
    let run: SegmentRun
    let id: Int64
    /// In the order in which the lane has to read them.
    var line: [Int] = []
    /// Of these, the ones that are in the log, behind one that is not yet.
    var arrived: Set<Int> = []
    /// Its last result is made.
    var isOver = false

    init(_ run: SegmentRun, id: Int64) {
        self.run = run
        self.id = id
    }
}

/// Names for executions of segments that no other executor, and no other life of this one, gives too.
struct SegmentIDs {
    private let seed: UInt64

    init(workerID: String) {
        seed = workerID.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    func id(_ serial: UInt64) -> Int64 {
        var mixed = seed &+ serial &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return Int64((mixed ^ mixed >> 31) % UInt64(SegmentMark.ids.upperBound)) + 1
    }
}

/// The plans of the segments that came lately, the last one first.
struct SegmentPlans {
    private static let limit = 32
    private var plans: [SegmentPlan] = []

    mutating func plan(of message: TaskMessage) -> SegmentPlan {
        if let place = plans.firstIndex(where: { $0.fits(message) }) {
            if place > 0 { plans.swapAt(0, place) }
            return plans[0]
        }
        let plan = SegmentPlan(message)
        if plans.count == Self.limit { plans.removeLast() }
        plans.insert(plan, at: 0)
        return plan
    }
}

extension HandlerOutcome {
    /// What the next task of a segment may be built from.
    fileprivate var usableOutput: JSONValue? {
        switch self {
        case .succeeded(let output), .degraded(let output): output
        case .failed: nil
        }
    }
}

#if DEBUG
    /// Deliberate bugs for the simulator; no release build has them.
    package enum ExecutorMutant {
        /// A segment goes on although its run was cancelled.
        nonisolated(unsafe) package static var followsCancelled = false
        /// The record of a segment counts as finished with the report of any of its results.
        nonisolated(unsafe) package static var settlesEarly = false
    }
#endif
