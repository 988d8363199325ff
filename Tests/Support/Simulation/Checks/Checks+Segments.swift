import JSON
import Workflow

/// What segments must keep to: every task that counts was given what its rows say, a cancelled run's segment ends, and
/// an offset passes no segment that somebody still has to answer for.
extension Checks {
    /// Enough of a value to tell it from others.
    static func trace(of value: JSONValue?) -> String {
        let canonical = value.map { JSONCanonical.bytes(of: $0) } ?? []
        return String(canonical.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
    }

    /// I18: what counts was made from inputs that the rows give too.
    func checkGiven(_ task: TaskRow) {
        guard isStrict, task.status.isUsable, let output = task.output, let input = task.input else { return }
        let said = JSONValue(trusted: output).name("given")
        guard !said.isEmpty, said != Self.trace(of: JSONValue(trusted: input)) else { return }
        fail("I18", "\(task.runID)/\(task.taskID) counts, and was made from other inputs than \(input.asText)")
    }

    /// I19.
    func followed(_ key: AttemptKey, isTold: Bool, by me: Incarnation) {
        world.note("\(me.name) goes on with \(key.runID)/\(key.taskID)")
        guard isTold else { return }
        fail("I19", "\(me.name) goes on with \(key.runID)/\(key.taskID), and knows that its run is cancelled")
    }

    func rememberSegment(_ result: TaskResult) {
        guard let mark = result.segment else { return }
        if mark.step == 0 {
            let attempt = result.attempt ?? 0
            let head = AttemptKey(runID: result.runID, taskID: result.taskID, attempt: attempt)
            executions[head, default: []].insert(mark.id)
        }
        if let next = result.next, let span = result.holdsNext {
            let held = AttemptKey(runID: result.runID, taskID: next, attempt: 0)
            holds[held, default: []].append((world.now, span))
        }
        // Its last result is there, or its lane knows that it is held.
        if case .held = result.outcome { answeredSegments.insert(mark.id) }
        if result.next == nil || result.holdsNext ?? 0 > 0 { answeredSegments.insert(mark.id) }
    }

    /// Whether a message that brought a segment has been answered for: to its end, or by somebody who did its first
    /// task alone.
    func isAnswered(_ head: AttemptKey) -> Bool {
        var unnamed = head
        unnamed.attempt = -1
        if holds[head] != nil || plainAnswers.contains(head) || plainAnswers.contains(unnamed) { return true }
        return !(executions[head] ?? []).isDisjoint(with: answeredSegments)
    }

    /// Made from outputs that did not count when it was read.
    func isAside(_ result: TaskResult, _ before: Tables) -> Bool {
        guard let mark = result.segment, mark.step > 0 else { return false }
        let key = AttemptKey(runID: result.runID, taskID: result.taskID, attempt: 0)
        guard let above = dependencies(key).first else { return true }
        let next = before.tasks[result.runID]?[above]?.next?.asText
        return next != "\(result.taskID)/\(mark.id)"
    }
}
