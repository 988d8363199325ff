import JSON

/// Segments as the lane sees them: a straight chain goes out as one message, its results come back one by one, and each
/// says whether its executor goes on.
///
/// What is believed is in the rows: a closed task's `next` says that its follower is out without a message of its own,
/// and in which execution of the segment. A result of another execution was made from outputs that do not count.
extension RunMachine {
    // MARK: Dispatching

    /// The tasks that go out with `head`: a function of the definition and the rows, like any work.
    struct SegmentTail {
        var last: Int
        var count = 0
        var bytes = 0
        var readsInput = false
        /// Tasks before the segment whose outputs are read in it.
        var given: [Int] = []
    }

    func tail(of head: Int) -> SegmentTail? {
        var tail = SegmentTail(last: head)
        while tail.count < Limits.segmentTasks - 1, let next = flow.segments.follower(of: tail.last),
            slots[next].status == .pending, slots[next].batch == 0
        {
            let grown = adding(next, to: tail)
            guard grown.bytes <= Limits.segmentBytes else { break }
            tail = grown
        }
        return tail.count == 0 ? nil : tail
    }

    private func adding(_ next: Int, to tail: SegmentTail) -> SegmentTail {
        var tail = tail
        (tail.last, tail.count) = (next, tail.count + 1)
        tail.bytes += flow.segments.entry(of: next).count
        if flow.segments.readsInput(next), !tail.readsInput {
            tail.readsInput = true
            tail.bytes += row.input.count
        }
        for task in flow.tasks[next].readsOutputOf where slots[task].status.isUsable && !tail.given.contains(task) {
            tail.given.append(task)
            tail.bytes += slots[task].output?.count ?? 4
        }
        return tail
    }

    /// `then`, and in `scope` what its templates reach beside the segment's own outputs and the message.
    func write(_ tail: SegmentTail, behind head: Int, to writer: inout JSONWriter) {
        writer.key("then")
        writer.beginArray()
        var place = head
        while place != tail.last, let next = flow.segments.follower(of: place) {
            writer.raw(flow.segments.entry(of: next)[...])
            place = next
        }
        writer.endArray()
        guard tail.readsInput || !tail.given.isEmpty else { return }
        writer.key("scope")
        writer.beginObject()
        if tail.readsInput { writer.member("input", raw: row.input) }
        if !tail.given.isEmpty {
            writer.key("outputs")
            writer.beginObject()
            for task in tail.given {
                writer.key(bytes: flow.tasks[task].id.bytes)
                writer.raw(slots[task].output ?? JSONValue.null)
            }
            writer.endObject()
        }
        writer.endObject()
    }

    // MARK: Following

    /// The task that the executor of this result goes on with by itself; nil where the lane dispatches it.
    ///
    /// Not from an attempt that was given to somebody else meanwhile, and not to a task that has a row: then nobody
    /// would be left to answer for it.
    func follower(of index: Int, by result: TaskResult) -> Int? {
        guard result.segment != nil, let named = result.next, let next = flow.segments.follower(of: index),
            flow.tasks[next].id == named, slots[index].status == .pending || slots[index].status == .running,
            slots[next].status == .pending, slots[next].batch == 0, slots[next].waitingFor == 1
        else { return nil }
        return next
    }

    /// The follower is out from here on, or held if the whole segment is.
    mutating func follow(_ next: Int, _ result: TaskResult, _ turn: TurnContext, _ decision: inout Decision) {
        slots[next].waitingFor -= 1
        (slots[next].readyBatch, slots[next].readyAt) = (turn.batch, turn.time)
        slots[next].isOut = true
        decision.followed += 1
        guard let span = result.holdsNext, span > 0 else { return }
        var word = TaskResult(
            runID: runID, taskID: flow.tasks[next].id, attempt: slots[next].attempt, outcome: .held(for: span))
        word.workerID = result.workerID
        hold(next, for: span, word, turn, &decision)
    }

    /// The first result of a segment was made from what its message says. A later one counts only if the result before
    /// it, of the same execution, does.
    func isMadeFromWhatCounts(_ result: TaskResult, _ index: Int) -> Bool {
        guard let mark = result.segment, mark.step > 0 else { return true }
        guard let before = flow.tasks[index].dependsOn.first, flow.segments.follower(of: before) == index else {
            return false
        }
        return slots[before].goesOn == mark.id
    }

    /// Out without a message of its own: an executor goes on with it.
    func isFollowed(_ index: Int) -> Bool {
        guard slots[index].status == .pending, slots[index].batch == 0,
            let before = flow.tasks[index].dependsOn.first
        else { return false }
        return slots[before].goesOn != 0 && flow.segments.follower(of: before) == index
    }

    /// Word for a task that has ended, from somebody who does not go on from it: a segment that was delivered again.
    /// Whoever went on may be gone, so what would come next is given out anew; the same attempt, in its own message.
    mutating func regain(
        behind index: Int, _ result: TaskResult, _ turn: TurnContext, _ decision: inout Decision
    ) -> Effect {
        guard result.segment == nil, slots[index].goesOn != 0 else { return .ignored(.alreadyClosed) }
        if case .held(let span) = result.outcome, span > 0 { return .ignored(.alreadyClosed) }
        var place = index
        while !slots[place].status.isOpen, slots[place].goesOn != 0, let next = flow.segments.follower(of: place) {
            place = next
        }
        guard isFollowed(place) else { return .ignored(.alreadyClosed) }
        schedule(place, after: 0, failures[place], nil, turn, &decision)
        return .recorded
    }

    // MARK: Rows

    func nextForRow(_ index: Int) -> Bytes? {
        guard slots[index].goesOn != 0, let next = flow.segments.follower(of: index) else { return nil }
        return (flow.tasks[next].id.bytes + [UInt8(ascii: "/")] + Array("\(slots[index].goesOn)".utf8))[...]
    }
}

extension StoredTask {
    /// The segment in which its executor went on; 0 without one.
    var goesOn: Int64 {
        guard let next, let slash = next.lastIndex(of: UInt8(ascii: "/")) else { return 0 }
        return next[(slash + 1)...].reduce(0) { $0 &* 10 &+ Int64($1 &- 0x30) }
    }
}
