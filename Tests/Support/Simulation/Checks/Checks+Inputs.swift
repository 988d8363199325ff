import JSON
import Workflow

/// I2 and I6: a checkpoint never passes an input whose facts are not recorded.
extension Checks {
    func checkPositions(_ fence: LaneFence, _ decision: Decision, _ before: Tables, _ after: Tables) {
        guard let old = before.checkpoints[fence.lane]?.position else { return }
        let letters = Set(
            decision.outbox.filter { $0.topic == .deadLetters }.map {
                JSONValue(trusted: $0.value).name("message_id")
            })
        for topic in InputTopic.allCases {
            let (from, to) = (old[topic], fence.position[topic])
            if to < from { fail("I2", "lane \(fence.lane) goes back in \(topic) from \(from) to \(to)") }
            let source = world.log.topic(topic)
            let partition = source.partitions[Int(fence.lane)]
            if to > partition.end, !world.plan.recreatesTopics {
                fail("I2", "lane \(fence.lane) stands at \(to) of \(topic), which ends at \(partition.end)")
            }
            for offset in from..<max(from, to) {
                guard let record = partition[offset] else { continue }
                let place = "\(source.name)/\(fence.lane)/\(offset)"
                if letters.contains("dl/" + place) { continue }
                guard let input = read(source, Int(fence.lane), record), let value = record.value else { continue }
                if let problem = missingEffect(of: input, value, fence.lane, decision, (before, after)) {
                    fail("I2", "lane \(fence.lane) passes \(place), but \(problem): \(value.asText.prefix(200))")
                }
            }
        }
    }

    /// What should have come of an input by now, and has not.
    private func missingEffect(
        of input: LaneInput, _ value: Bytes, _ lane: Int32, _ decision: Decision,
        _ tables: (before: Tables, after: Tables)
    ) -> String? {
        let after = tables.after
        switch input {
        case .unreadable: return "it was not quarantined"
        case .request(let request): return missingEffect(of: request, after)
        case .command(let command):
            let isKept =
                after.audits[command.requestID] != nil || after.pending.contains { $0.requestID == command.requestID }
                || after.runs[command.runID]?.state.control.requests.contains(command.requestID) == true
            return isKept || isForwarded(value, decision) ? nil : "nothing came of the command"
        case .result(let result):
            guard let run = after.runs[result.runID], !run.state.status.isFinal else { return nil }
            // The same turn may have met the result while the run had ended, and what revived it after that.
            if tables.before.runs[result.runID]?.state.status.isFinal == true { return nil }
            if run.lane != lane, isForwarded(value, decision) { return nil }
            if isAside(result, tables.before) { return nil }
            return missingEffect(of: result, after)
        }
    }

    /// A stage retry may also be refused, or stand in line.
    private func missingEffect(of request: RunRequest, _ after: Tables) -> String? {
        if after.runs[request.runID] != nil { return nil }
        guard let stage = request.stage else { return "there is no run" }
        let isKept =
            after.audits[stage.requestID] != nil || after.pending.contains { $0.requestID == stage.requestID }
        return isKept ? nil : "there is no run, and no word of why"
    }

    private func missingEffect(of result: TaskResult, _ after: Tables) -> String? {
        guard let attempt = result.attempt else { return nil }
        let key = AttemptKey(runID: result.runID, taskID: result.taskID, attempt: attempt)
        guard isStrict, dispatched.contains(key) else { return nil }
        let row = after.tasks[result.runID]?[result.taskID]
        if let row, !row.status.isOpen { return nil }
        switch result.outcome {
        case .succeeded(let output), .degraded(let output):
            // One that cannot be stored counts as a failure, and its run may live again since.
            let isRefused = Tables.isPoison(output) && row?.attempts ?? 0 > attempt
            return isRefused ? nil : "its success is not recorded"
        case .failed: return row?.attempts ?? 0 > attempt ? nil : "its failure is not recorded"
        case .held: return nil
        }
    }

    /// In the same words, or in the order of our own.
    private func isForwarded(_ value: Bytes, _ decision: Decision) -> Bool {
        decision.outbox.contains { row in
            guard row.topic != .deadLetters else { return false }
            return row.value == value || JSONValue(trusted: row.value) == JSONValue(trusted: value)
        }
    }
}
