import JSON

/// Works a plan out, check by check: the run, the stage, the definition, the changes, the state.
struct StageRetryPlanner {
    let wish: StageRetryRequest
    let sources: StageRetrySources
    let flow: Flow
    /// By the places of `flow`; nil for a task without a row.
    var rows: [StoredTask?]
    let stage: Int
    var overrides: [Int: Bytes] = [:]
    var input: Bytes = []
    var isAgain: [Bool] = []

    init(_ sources: StageRetrySources, _ wish: StageRetryRequest) throws(StageRefusal) {
        let parent = sources.parent.run
        guard parent.state.status.isFinal else {
            throw StageRefusal(.notEnded, "run \(parent.runID) has not ended: \(parent.state.status.rawValue)")
        }
        guard Int(parent.retryDepth) < sources.depthLimit else {
            throw StageRefusal(
                .depthLimit,
                "run \(parent.runID) is \(parent.retryDepth) retries deep, the limit is \(sources.depthLimit): "
                    + "retry an earlier run of its tree, or start a new one")
        }
        guard let pinned = sources.pinned else {
            throw StageRefusal(.missingSnapshot, Self.noDefinition(parent))
        }
        guard parent.isInputKept else {
            throw StageRefusal(
                .missingSnapshot, "what run \(parent.runID) began with is not kept: neither its snapshot nor its input")
        }
        (self.wish, self.sources) = (wish, sources)
        flow = sources.latest ?? pinned
        guard let stage = flow.index(of: wish.fromStage) else {
            throw StageRefusal(.unknownStage, Self.unknownStage(wish.fromStage, flow))
        }
        self.stage = stage
        rows = [StoredTask?](repeating: nil, count: flow.tasks.count)
        for row in sources.parent.tasks { if let place = flow.index(of: row.taskID) { rows[place] = row } }
    }

    private static func noDefinition(_ parent: RunRow) -> String {
        parent.definitionSHA256.isEmpty
            ? "run \(parent.runID) never had a valid definition: start a new run"
            : "the definition that run \(parent.runID) ran by is not kept, or compiles no more"
    }

    private static func unknownStage(_ id: Identifier, _ flow: Flow) -> String {
        let names = flow.order.prefix(20).map { flow.tasks[$0].id.description }.joined(separator: ", ")
        let more = flow.tasks.count > 20 ? " and \(flow.tasks.count - 20) more" : ""
        return "the run has no stage \(id); it has \(names)\(more)"
    }

    mutating func plan() throws(StageRefusal) -> StageRetryPlan {
        let starts = [flow.tasks[stage].validates, stage].compactMap { $0 }
        markAgain(from: starts)
        try readOverrides()
        try patchInput()
        try checkStage()
        if let latest = sources.latest, let pinned = sources.pinned { try checkFit(of: latest, to: pinned) }
        try checkRows()
        try checkSize()
        let blocked = self.blocked()
        let missing = self.missing(starts, blocked: Set(blocked.map(\.task)))
        let again = flow.order.filter { place in isAgain[place] && !blocked.contains { $0.task == place } }
        return StageRetryPlan(
            flow: flow, stage: wish.fromStage, starts: starts.map { flow.tasks[$0].id }, reused: reused(),
            again: again.map { flow.tasks[$0].id }, blocked: blocked, missing: missing,
            depth: sources.parent.run.retryDepth + 1, live: sources.live, input: input,
            version: version(blocked, missing))
    }

    private mutating func markAgain(from starts: [Int]) {
        isAgain = [Bool](repeating: false, count: flow.tasks.count)
        for start in starts { isAgain[start] = true }
        for place in flow.order where flow.tasks[place].dependsOn.contains(where: { isAgain[$0] }) {
            isAgain[place] = true
        }
    }

    /// Has an output that others may read: by its row, or by an override.
    func isUsable(_ place: Int) -> Bool { overrides[place] != nil || rows[place]?.status.isUsable == true }

    /// What the reused part gives of a task; nil when it has no usable output.
    func output(of place: Int) -> JSONValue? {
        if let override = overrides[place] { return JSONValue(trusted: override) }
        guard !isAgain[place], let row = rows[place], row.status.isUsable, let output = row.output else { return nil }
        return JSONValue(trusted: output)
    }

    func status(_ place: Int) -> String { rows[place]?.status.rawValue ?? "never started" }

    private func reused() -> [StageRetryPlan.Reused] {
        flow.order.filter { !isAgain[$0] }.compactMap { place in
            let override = overrides[place]
            guard let status = override != nil ? .succeeded : rows[place]?.status else { return nil }
            return StageRetryPlan.Reused(task: place, taskID: flow.tasks[place].id, status: status, override: override)
        }
    }

    /// Tasks below the stage with something above them that neither runs again nor has an output.
    private func blocked() -> [StageRetryPlan.Blocked] {
        var (found, isBlocked) = ([StageRetryPlan.Blocked](), [Bool](repeating: false, count: flow.tasks.count))
        for place in flow.order where isAgain[place] {
            let stop = flow.tasks[place].dependsOn.first { isBlocked[$0] || !isAgain[$0] && !isUsable($0) }
            guard let stop else { continue }
            isBlocked[place] = true
            let why = isBlocked[stop] ? "blocked as well" : status(stop)
            found.append(
                StageRetryPlan.Blocked(
                    task: place, taskID: flow.tasks[place].id, why: "it depends on \(flow.tasks[stop].id): \(why)"))
        }
        return found
    }

    /// An ended run has a row of each of its tasks; without one nobody can say what came of the task.
    private func checkRows() throws(StageRefusal) {
        let lost = flow.order.filter { !isAgain[$0] && rows[$0] == nil && overrides[$0] == nil }
        guard !lost.isEmpty else { return }
        throw StageRefusal(
            .missingSnapshot, "rows of run \(sources.parent.run.runID) are not kept",
            details: lost.map { flow.tasks[$0].id.description })
    }

    private func checkSize() throws(StageRefusal) {
        var bytes = input.count + sources.parent.run.context.count
        for place in flow.order where !isAgain[place] { bytes += output(of: place)?.bytes.count ?? 0 }
        guard bytes <= StageRetryPlan.reusedBytes else {
            throw StageRefusal(
                .tooLarge, "\(bytes) bytes of outputs would be reused, at most \(StageRetryPlan.reusedBytes)")
        }
    }

    private func version(_ blocked: [StageRetryPlan.Blocked], _ missing: [String]) -> String {
        var text: [UInt8] = []
        let parent = sources.parent.run
        func add(_ part: some Collection<UInt8>) {
            text += part
            text.append(0)
        }
        add(parent.runID.bytes)
        add("\(parent.state.updatedAt)/\(parent.state.control.endings)/\(parent.state.status.rawValue)".utf8)
        add(wish.fromStage.bytes)
        add(flow.sha256)
        for change in [wish.inputPatch, wish.outputOverrides] {
            add(change.map { JSONCanonical.bytes(of: JSONValue(trusted: $0)) } ?? [])
        }
        for place in flow.order { add("\(isAgain[place]) \(status(place))".utf8) }
        for task in blocked { add(task.taskID.bytes) }
        for line in missing { add(line.utf8) }
        return SHA256.hexDigits(Array(SHA256.hash(text).prefix(16)))
    }
}
