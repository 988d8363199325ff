import JSON

/// Whether what was made by an older definition may stand in a newer one.
extension StageRetryPlanner {
    /// Every reused task must be the same task: handler, dependencies and inputs; what runs again may be another.
    func checkFit(of latest: Flow, to pinned: Flow) throws(StageRefusal) {
        let (new, old) = (TaskTexts(latest), TaskTexts(pinned))
        var problems: [String] = []
        for place in latest.order where !isAgain[place] && overrides[place] == nil {
            let task = latest.tasks[place]
            guard let former = pinned.index(of: task.id) else {
                problems.append("\(task.id) is new and not below the stage")
                continue
            }
            problems += Self.differences(task, latest, pinned.tasks[former], pinned)
            if new.inputs(place) != old.inputs(former) { problems.append("\(task.id) has other inputs") }
        }
        guard problems.isEmpty else {
            throw StageRefusal(
                .definitionMismatch, "the reused part does not fit the newer definition", details: problems)
        }
    }

    private static func differences(_ new: FlowTask, _ latest: Flow, _ old: FlowTask, _ pinned: Flow) -> [String] {
        var problems: [String] = []
        if new.handler != old.handler { problems.append("\(new.id) has another handler: \(new.handler)") }
        let (now, before) = (
            Set(new.dependsOn.map { latest.tasks[$0].id }), Set(old.dependsOn.map { pinned.tasks[$0].id })
        )
        if now != before { problems.append("\(new.id) has other dependencies") }
        return problems
    }
}

/// The tasks of a definition as they were written.
private struct TaskTexts {
    private var texts: [JSONValue?] = []

    init(_ flow: Flow) {
        JSONValue(trusted: flow.definition).member("tasks")?.forEachElement { texts.append($0.member("inputs")) }
    }

    /// In canonical form; nil where there are none.
    func inputs(_ place: Int) -> [UInt8]? {
        guard texts.indices.contains(place), let text = texts[place], !text.isNull else { return nil }
        return JSONCanonical.bytes(of: text)
    }
}
