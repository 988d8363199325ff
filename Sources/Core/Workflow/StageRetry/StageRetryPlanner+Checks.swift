import JSON

extension StageRetryPlanner {
    /// Failed, cancelled or degraded, and everything it depends on is there.
    func checkStage() throws(StageRefusal) {
        let task = flow.tasks[stage]
        guard let row = rows[stage] else { throw neverExecuted() }
        switch row.status {
        case .succeeded:
            throw StageRefusal(.stageSucceeded, "stage \(task.id) succeeded: there is nothing to try again" + hint)
        case .failed, .degraded: return
        case .cancelled, .skipped, .pending, .running, .retrying:
            guard task.dependsOn.allSatisfy({ isAgain[$0] || isUsable($0) }) else { throw neverExecuted() }
        }
    }

    /// A validator that did not like the stage's output leads back to it.
    private var hint: String {
        let judge = flow.tasks.indices.first { place in
            flow.tasks[place].validates == stage && rows[place].map { !$0.status.isUsable } ?? false
        }
        return judge.map { "; retry from \(flow.tasks[$0].id), which validates its output" } ?? ""
    }

    /// Names what stands at the beginning: the task that failed, not those skipped because of it.
    private func neverExecuted() -> StageRefusal {
        let id = flow.tasks[stage].id
        guard let cause = cause(above: stage) else {
            return StageRefusal(.neverExecuted, "stage \(id) never executed in run \(sources.parent.run.runID)")
        }
        return StageRefusal(
            .neverExecuted,
            "stage \(id) never executed: \(flow.tasks[cause].id), which it depends on, is \(status(cause)); "
                + "retry from \(flow.tasks[cause].id)")
    }

    private func cause(above place: Int) -> Int? {
        var place = place
        while true {
            let above = flow.tasks[place].dependsOn.filter { !isUsable($0) }
            guard let next = above.first(where: { rows[$0]?.status != .skipped }) ?? above.first else {
                return place == stage ? nil : place
            }
            guard rows[next]?.status == .skipped else { return next }
            place = next
        }
    }

    mutating func readOverrides() throws(StageRefusal) {
        guard let text = wish.outputOverrides else { return }
        var problem: String?
        JSONValue(trusted: text).forEachMember { key, value in
            let name = Identifier(key.string() ?? [])
            guard let place = flow.index(of: name) else {
                problem = problem ?? "output_overrides: the run has no stage \(name)"
                return
            }
            guard !isAgain[place] else {
                problem = problem ?? "output_overrides: stage \(name) runs again itself"
                return
            }
            guard value.bytes.count <= Limits.payloadBytes else {
                problem =
                    problem ?? "output_overrides: the output of \(name) has more than \(Limits.payloadBytes) bytes"
                return
            }
            overrides[place] = value.bytes
        }
        if let problem { throw StageRefusal(.invalidChange, problem) }
    }

    mutating func patchInput() throws(StageRefusal) {
        input = sources.parent.run.input
        guard let patch = wish.inputPatch else { return }
        input = JSONMergePatch.apply(JSONValue(trusted: patch), to: JSONValue(trusted: input))[...]
        guard input.count <= Limits.payloadBytes else {
            throw StageRefusal(.invalidChange, "the patched input has more than \(Limits.payloadBytes) bytes")
        }
        guard JSONValue(trusted: input).depth <= Limits.depth else {
            throw StageRefusal(.invalidChange, "the patched input nests deeper than \(Limits.depth)")
        }
        let problems = flow.problems(ofInput: JSONValue(trusted: input))
        guard problems.isEmpty else {
            throw StageRefusal(
                .invalidChange, "the patched input does not fit the flow's input_schema", details: problems)
        }
    }

    /// What is certain to be missing: for the stage itself everything, for tasks below it what would fail them.
    func missing(_ starts: [Int], blocked: Set<Int>) -> [String] {
        var missing: [String] = []
        for place in flow.order where isAgain[place] {
            let isStart = starts.contains(place)
            guard isStart || !blocked.contains(place) && flow.tasks[place].onFailure == .fail else { continue }
            if isStart { missing += missingOutputs(place) }
            missing += missingPaths(place)
        }
        for reference in flow.output?.references ?? [] where isLost(reference) {
            missing.append("the run's output needs ${\(reference.text)}")
        }
        return missing
    }

    private func missingOutputs(_ place: Int) -> [String] {
        flow.tasks[place].dependsOn.filter { !isAgain[$0] && !isUsable($0) }.map {
            "\(flow.tasks[place].id) depends on \(flow.tasks[$0].id), which is \(status($0))"
        }
    }

    private func missingPaths(_ place: Int) -> [String] {
        let task = flow.tasks[place]
        var missing: [String] = []
        for source in task.readsOutputOf where !isAgain[source] && isUsable(source) && output(of: source) == nil {
            missing.append("\(task.id) needs the output of \(flow.tasks[source].id), which is not kept")
        }
        for requirement in task.requires where !isAgain[requirement.task] {
            let found = output(of: requirement.task)?.following(requirement.path)
            if found?.isNull ?? true { missing.append("\(task.id) requires \(requirement.text)") }
        }
        for reference in task.inputs?.references ?? [] where isLost(reference) {
            missing.append("\(task.id) needs ${\(reference.text)}")
        }
        return missing
    }

    /// It leads nowhere, and nothing that runs again can change that.
    private func isLost(_ reference: Reference) -> Bool {
        guard reference.fallback == nil else { return false }
        switch reference.root {
        case .run: return false
        case .input: return JSONValue(trusted: input).following(reference.path) == nil
        case .context: return JSONValue(trusted: sources.parent.run.context).following(reference.path) == nil
        case .output(let place):
            guard !isAgain[place], let output = output(of: place) else { return false }
            return output.following(reference.path) == nil
        }
    }
}
