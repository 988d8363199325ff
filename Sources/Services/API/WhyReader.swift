public import Workflow

/// Finds everything that `Why` needs for a run, and asks it.
public struct WhyReader {
    private let reader: RunReader
    private let executions: (any ExecutionReading)?
    private let workers: (any WorkerReading)?
    private let stages: (any StageReading)?

    /// What is nil is not asked; the sentence then says less.
    public init(
        reader: RunReader, executions: (any ExecutionReading)? = nil, workers: (any WorkerReading)? = nil,
        stages: (any StageReading)? = nil
    ) {
        self.reader = reader
        self.executions = executions
        self.workers = workers
        self.stages = stages
    }

    /// - `taskID`: nil for the run itself.
    public func sentence(of runID: String, task taskID: String? = nil) throws(ServiceFailure) -> String {
        guard let run = try reader.find(runID) else {
            if let parent = try queuedBehind(runID) { return Why.inLine(runID, behind: parent) }
            guard case .requested(let run) = try reader.sight(of: runID) else {
                throw ServiceFailure(.notFound, Why.unknown(runID))
            }
            var sights = Why.Sights()
            noteWorkers(&sights)
            return Why.requested(run, sights)
        }
        let flow = try reader.flow(of: run)
        var tasks = try reader.tasks(of: run, flow: flow)
        if !run.hasEnded, let workers { tasks = PoolWatch(workers: workers).note(tasks) }
        let sights = sights(of: run, flow, tasks)
        guard let taskID else { return Why.run(run, tasks, sights) }
        guard let task = tasks.first(where: { $0.taskID == taskID }) else {
            let some = tasks.prefix(10).map(\.taskID).joined(separator: ", ")
            let more = tasks.count > 10 ? " and \(tasks.count - 10) more" : ""
            throw ServiceFailure(
                .notFound, "run \(runID) has no task \(taskID)", advice: "its tasks are \(some)\(more)")
        }
        return Why.task(task, of: run, tasks, sights)
    }

    private func queuedBehind(_ runID: String) throws(ServiceFailure) -> String? {
        guard let stages else { return nil }
        return try reaching { () throws(AccessFailure) in try stages.queuedBehind(runID) }
    }

    private func sights(of run: RunRecord, _ flow: Flow?, _ tasks: [TaskRecord]) -> Why.Sights {
        var sights = Why.Sights()
        for task in flow?.tasks ?? [] {
            let above = task.dependsOn.compactMap { flow?.tasks[$0].id.description }
            sights.dependencies[task.id.description] = above
        }
        guard !run.hasEnded else { return sights }
        let open = tasks.filter { $0.waitingFor.isEmpty && ["pending", "retrying"].contains($0.status) }
        // Redis only gives hints: without it the sentence is still true.
        sights.executions = (try? executions?.executions(of: run.runID, open.prefix(200).map(\.taskID))) ?? [:]
        noteWorkers(&sights)
        return sights
    }

    private func noteWorkers(_ sights: inout Why.Sights) {
        guard let heartbeats = try? workers?.heartbeats() else { return }
        let programs = heartbeats.compactMap { WorkerEntry($0)?.program }
        sights.hasRetryWorker = programs.contains { $0.hasSuffix("retry-worker") }
        sights.hasOrchestrator = programs.contains { $0.hasSuffix("orchestrator") }
    }
}
