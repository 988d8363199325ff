import JSON

extension RunMachine {
    /// Ends the run's part of a turn: dispatches what became ready, ends the run when nothing is open, writes its row.
    public mutating func settle(turn: TurnContext, into decision: inout Decision) {
        let turn = timed(turn)
        prepareReady(turn, &decision)
        if openTasks == 0, !row.state.status.isFinal {
            finish(turn, &decision.work.writer)
            if isExhausted { decision.exhaustedRuns += 1 }
        }
        if !row.state.status.isFinal {
            for index in dispatched where slots[index].status == .pending { emitDispatch(index, into: &decision.work) }
        }
        emitEndings(of: turn, closed: touched, into: &decision.work)
        if isChanged { row.state.updatedAt = turn.time }
        if row.delivery != nil { owe(turn, &decision) }
        if let newRow {
            decision.newRuns[newRow].state = row.state
        } else if isChanged {
            decision.runStates.append((runID, row.correlationID, row.createdAt, row.state))
        }
        (isChanged, newRow) = (false, nil)
        for index in touched { (slots[index].fact, slots[index].isNew) = (-1, false) }
        touched.removeAll(keepingCapacity: true)
        dispatched.removeAll(keepingCapacity: true)
        // One list's memory serves both.
        if ready.isEmpty { swap(&ready, &dispatched) }
    }

    /// Renders inputs until nothing new becomes ready. A task whose inputs cannot be built fails, which may skip or
    /// release others.
    private mutating func prepareReady(_ turn: TurnContext, _ decision: inout Decision) {
        guard !ready.isEmpty, !row.state.status.isFinal, row.state.status != .paused else { return }
        var (position, kept, bytes) = (0, 0, 0)
        while position < ready.count {
            let index = ready[position]
            position += 1
            guard slots[index].status == .pending, !slots[index].isOut else { continue }
            slots[index].readyAt = row.state.control.releaseTime(
                ready: slots[index].readyBatch, at: slots[index].readyAt)
            let problem =
                bytes > Limits.releasedBytes ? Self.tooMuchAtOnce : prepare(index, &decision.work.writer)
            bytes += (slots[index].inputs?.count ?? 0) + row.context.count
            if let problem {
                fail(index, 0, problem, nil, turn, &decision)
            } else {
                slots[index].isOut = true
                ready[kept] = index
                kept += 1
            }
        }
        ready.removeSubrange(kept...)
        swap(&ready, &dispatched)
    }

    /// Builds the task's inputs; answers what is wrong when they cannot be built.
    /// - `writer`: where they are written first; it is left as it was.
    mutating func prepare(_ index: Int, _ writer: inout JSONWriter) -> TaskFailure? {
        do throws(TaskFailure) {
            keep(inputs: try inputs(of: index, &writer), of: index)
            return nil
        } catch {
            return error
        }
    }

    func inputs(of index: Int, _ writer: inout JSONWriter) throws(TaskFailure) -> Bytes {
        let missing = flow.tasks[index].requires.isEmpty ? [] : flow.missingRequirements(task: index, self)
        guard missing.isEmpty else { throw .permanent("missing required: " + missing.joined(separator: ", ")) }
        let mark = writer.mark
        defer { writer.goBack(to: mark) }
        do throws(TemplateError) {
            try flow.renderInputs(task: index, self, to: &writer)
        } catch {
            throw error == .tooLarge ? Self.tooLargeInputs : .permanent("inputs: \(error)")
        }
        guard writer.count(since: mark) <= Limits.payloadBytes else { throw Self.tooLargeInputs }
        let text = writer.text(since: mark)
        let depth = Self.depth(of: text)
        guard depth <= Limits.depth else { throw .permanent("inputs nest \(depth) deep, at most \(Limits.depth)") }
        return text
    }

    /// What is written in few bytes cannot nest deep, and is not looked at.
    private static func depth(of text: Bytes) -> Int {
        text.count <= 2 * Limits.depth ? 0 : JSONValue(trusted: text).depth
    }

    private static let tooMuchAtOnce = TaskFailure.permanent(
        "too_large: the tasks that became ready at once have inputs of more than \(Limits.releasedBytes) bytes together: "
            + "give each task only its part, or release them in steps")
    private static let tooLargeInputs = TaskFailure.permanent(
        "too_large: the inputs have more than \(Limits.payloadBytes) bytes")

    /// No task is open: what the run comes to.
    private mutating func finish(_ turn: TurnContext, _ writer: inout JSONWriter) {
        row.state.degraded = slots.contains { $0.status == .degraded }
        let bad = flow.order.filter { slots[$0].status == .failed || slots[$0].status == .cancelled }
        guard let first = bad.first(where: { slots[$0].status == .failed }) ?? bad.first else {
            return complete(turn, &writer)
        }
        var text = Array("task ".utf8) + flow.tasks[first].id.bytes
        text += Array((slots[first].status == .failed ? " failed: " : " was cancelled: ").utf8)
        text += failures[first]?.error ?? []
        if bad.count > 1 { text += Array(" (and \(bad.count - 1) more)".utf8) }
        end(as: .failed, error: ErrorText.storable(text[...]), turn)
    }

    /// It failed, and a task of it for want of retries.
    private var isExhausted: Bool {
        row.state.status == .failed
            && failures.contains { slots[$0].status == .failed && $1.deadLetterReason == .retriesExhausted }
    }

    private mutating func complete(_ turn: TurnContext, _ writer: inout JSONWriter) {
        let mark = writer.mark
        defer { writer.goBack(to: mark) }
        do throws(TemplateError) {
            try flow.renderOutput(self, to: &writer)
        } catch {
            let place = error == .tooLarge ? "" : "output: "
            return end(as: .failed, error: Array("\(place)\(error)".utf8)[...], turn)
        }
        let count = writer.count(since: mark)
        guard count <= Limits.payloadBytes else {
            let problem = "too_large: output has \(count) bytes, at most \(Limits.payloadBytes)"
            return end(as: .failed, error: Array(problem.utf8)[...], turn)
        }
        let text = writer.text(since: mark)
        let depth = Self.depth(of: text)
        guard depth <= Limits.depth else {
            let problem = "output: nests \(depth) deep, at most \(Limits.depth)"
            return end(as: .failed, error: Array(problem.utf8)[...], turn)
        }
        row.state.output = text
        end(as: .completed, error: nil, turn)
    }
}

extension TaskFailure {
    static func permanent(_ text: String) -> TaskFailure {
        TaskFailure(error: Array(text.utf8)[...], errorClass: .permanent)
    }
}
