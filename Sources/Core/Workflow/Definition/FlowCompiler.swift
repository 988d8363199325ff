import JSON

/// Turns a definition into a ``Flow``: reads it, looks every name up, and collects what is wrong on the way.
struct FlowCompiler {
    private let definition: Bytes
    private let settings: FlowSettings
    private var draft: FlowDraft
    private var index: [Identifier: Int] = [:]
    private var ids: [[UInt8]] = []

    init(_ definition: Bytes, _ settings: FlowSettings) {
        self.definition = definition
        self.settings = settings
        draft = FlowDraft(definition)
    }

    mutating func compile(as flowID: Identifier?) -> Result<Flow, FlowProblems> {
        checkFlowID(flowID)
        indexTasks()
        checkPools()
        let graph = FlowGraph(dependsOn: draft.tasks.map { dependencies(of: $0) })
        check(graph)
        let links = draft.tasks.indices.map { self.links(of: $0, graph) }
        let output = draft.output.map { compileOutput($0) }
        if graph.isAcyclic { checkAncestry(links, graph) }
        guard draft.problems.isEmpty else { return .failure(draft.problems) }
        return .success(Flow(definition, draft, tasks(graph, links), graph.order, output: output))
    }

    private mutating func checkFlowID(_ asked: Identifier?) {
        guard let asked, let own = draft.flowID, own != asked else { return }
        draft.problems.add("flow_id", "is \"\(own)\", but the flow is asked for as \"\(asked)\"")
    }

    private mutating func indexTasks() {
        for (place, task) in draft.tasks.enumerated() {
            guard let id = task.id else { continue }
            if let first = index[id] {
                draft.problems.add("\(task.path).task_id", "\"\(id)\" is the id of \(draft.tasks[first].path) already")
            } else {
                index[id] = place
                ids.append(id.bytes)
            }
        }
    }

    private mutating func checkPools() {
        guard let pools = settings.pools else { return }
        for task in draft.tasks {
            guard let pool = task.pool, !pools.contains(pool) else { continue }
            let near = NearestKnown.find(pool.bytes, among: pools.sorted().map(\.bytes))
            let known = pools.sorted().map(\.description).joined(separator: ", ")
            draft.problems.add(
                "\(task.path).pool", "\"\(pool)\" is not one of the pools (ORCHESTRATOR_POOLS): \(known)",
                nearest: near)
        }
    }

    private mutating func dependencies(of task: TaskDraft) -> [Int] {
        var places: [Int] = []
        var seen: Set<Int> = []
        for named in task.dependsOn {
            guard let place = index[Identifier(named.text)] else {
                unknownTask(named.text, at: "\(task.path).depends_on[\(named.place)]")
                continue
            }
            if seen.insert(place).inserted { places.append(place) }
        }
        return places
    }

    private mutating func unknownTask(_ text: [UInt8], at path: String) {
        let near = draft.problems.isLong ? nil : NearestKnown.find(text, among: ids)
        draft.problems.add(path, "there is no task \"\(String(decoding: text, as: UTF8.self))\"", nearest: near)
    }

    private mutating func check(_ graph: FlowGraph) {
        if graph.edges > FlowLimits.edges {
            draft.problems.add("tasks", "have \(graph.edges) dependencies, at most \(FlowLimits.edges) are allowed")
        }
        if graph.depth > FlowLimits.depth {
            draft.problems.add("tasks", "form a chain of \(graph.depth), at most \(FlowLimits.depth) are allowed")
        }
        guard !graph.isAcyclic else { return }
        for cycle in graph.cycles { name(cycle) }
    }

    private mutating func name(_ cycle: [Int]) {
        let names = (cycle.prefix(20) + cycle.prefix(1)).map { draft.tasks[$0].id?.description ?? draft.tasks[$0].path }
        let shown = cycle.count > 20 ? names.dropLast() + ["…"] : names
        let way = shown.joined(separator: " → ")
        draft.problems.add("\(draft.tasks[cycle[0]].path).depends_on", "closes a cycle: \(way)")
    }
}

/// What one task says about others.
private struct TaskLinks {
    var inputs: Template?
    var requires: [Requirement] = []
    var validates: Int?
    /// Outputs it looks at, each with where it says so.
    var reads: [(path: String, task: Int)] = []
}

extension FlowCompiler {
    private func parser() -> ReferenceParser {
        ReferenceParser(index: index, ids: draft.problems.isLong ? [] : ids)
    }

    private mutating func links(of place: Int, _ graph: FlowGraph) -> TaskLinks {
        let task = draft.tasks[place]
        var links = TaskLinks()
        if let inputs = task.inputs {
            let compiled = TemplateCompiler.compile(inputs, at: "\(task.path).inputs", parser())
            for problem in compiled.problems { draft.problems.add(problem) }
            links.inputs = compiled.template
            links.reads = compiled.references.compactMap { path, reference in reference.task.map { (path, $0) } }
        }
        for required in task.requires {
            let path = "\(task.path).requires[\(required.place)]"
            guard let requirement = requirement(required.text, at: path) else { continue }
            links.requires.append(requirement)
            links.reads.append((path, requirement.task))
        }
        links.validates = validated(by: task, graph.dependsOn[place])
        return links
    }

    private mutating func requirement(_ text: [UInt8], at path: String) -> Requirement? {
        guard let steps = PathParser.steps(of: text[...]), let first = steps.first else {
            draft.problems.add(path, "must be a task's id and a path in its output, such as fetch.body")
            return nil
        }
        guard let task = index[Identifier(first.name)] else {
            unknownTask(first.name, at: path)
            return nil
        }
        return Requirement(task: task, path: Array(steps.dropFirst()), text: String(decoding: text, as: UTF8.self))
    }

    private mutating func validated(by task: TaskDraft, _ dependencies: [Int]) -> Int? {
        guard let text = task.validates else { return nil }
        guard let place = index[Identifier(text)] else {
            unknownTask(text, at: "\(task.path).validates")
            return nil
        }
        if dependencies.contains(place) { return place }
        draft.problems.add("\(task.path).validates", "\"\(Identifier(text))\" is not one of its dependencies")
        return nil
    }

    private mutating func compileOutput(_ value: JSONValue) -> Template {
        let compiled = TemplateCompiler.compile(value, at: "output", parser())
        for problem in compiled.problems { draft.problems.add(problem) }
        return compiled.template
    }

    private mutating func checkAncestry(_ links: [TaskLinks], _ graph: FlowGraph) {
        let reads = links.enumerated().flatMap { place, links in links.reads.map { (place, $0.path, $0.task) } }
        for stranger in graph.strangers(reads.map { (task: $0.0, ancestor: $0.2) }) {
            let (place, path, task) = reads[stranger]
            let (own, other) = (draft.tasks[place].id?.description ?? "", draft.tasks[task].id?.description ?? "")
            let what =
                place == task
                ? "it reads its own output" : "\"\(own)\" does not depend on it, directly or through others"
            draft.problems.add(path, "\"\(other)\" is not an ancestor: \(what)")
        }
    }

    private func tasks(_ graph: FlowGraph, _ links: [TaskLinks]) -> [FlowTask] {
        var stage = [Int](repeating: 0, count: draft.tasks.count)
        for (position, place) in graph.order.enumerated() { stage[place] = position }
        return draft.tasks.enumerated().compactMap { place, task in
            guard let id = task.id, let handler = task.handler else { return nil }
            let own = links[place]
            let upstream = own.inputs == nil ? graph.dependsOn[place] : []
            return FlowTask(
                id: id, handler: handler, pool: task.pool ?? "default", dependsOn: graph.dependsOn[place],
                dependents: graph.dependents[place], stageOrder: stage[place], inputs: own.inputs,
                timeoutSeconds: task.timeoutSeconds ?? settings.taskTimeoutSeconds, retry: policy(of: task),
                onFailure: task.onFailure, requires: own.requires, validates: own.validates, segment: task.segment,
                readsOutputOf: Set(own.reads.map(\.task) + upstream).sorted())
        }
    }

    private func policy(of task: TaskDraft) -> RetryPolicy {
        var policy = settings.retry
        draft.retry?.apply(to: &policy)
        task.retry?.apply(to: &policy)
        policy.maxRetries = task.maxRetries ?? draft.maxRetries ?? policy.maxRetries
        return policy
    }
}
