import JSON

/// Which tasks of a flow may run back to back in one executor, and what their message says of each.
///
/// A task follows another when it is the only one that depends on it and depends on nothing else, both go to the same
/// pool, neither says `"segment": false`, and it has no `requires`: those are the lane's to check, in between.
struct SegmentShape: Sendable {
    /// The task that follows each one; -1: none.
    private let followers: [Int32]
    /// What `then` says of each task that follows another; empty for the others.
    private let entries: [[UInt8]]
    private let inputReaders: [Bool]

    /// - `templates`: the tasks' `inputs` as their text has them.
    init(_ tasks: [FlowTask], templates: [Bytes?]) {
        var followers = [Int32](repeating: -1, count: tasks.count)
        var entries = [[UInt8]](repeating: [], count: tasks.count)
        for (place, task) in tasks.enumerated() {
            guard let next = Self.follower(of: task, at: place, tasks) else { continue }
            followers[place] = Int32(next)
            entries[next] = Self.entry(tasks[next], templates[next])
        }
        self.followers = followers
        self.entries = entries
        inputReaders = tasks.map { task in task.inputs?.references.contains { $0.root == .input } ?? true }
    }

    private static func follower(of task: FlowTask, at place: Int, _ tasks: [FlowTask]) -> Int? {
        guard task.segment, task.dependents.count == 1, let place = task.dependents.first else { return nil }
        let next = tasks[place]
        return next.segment && next.dependsOn.count == 1 && next.pool == task.pool && next.requires.isEmpty
            ? place : nil
    }

    /// All of it is the definition's own, so that it is the same in every run.
    private static func entry(_ task: FlowTask, _ template: Bytes?) -> [UInt8] {
        var writer = JSONWriter(reserving: (template?.count ?? 0) + 128)
        writer.beginObject()
        writer.member("task_id", string: task.id.bytes[...])
        writer.member("handler", string: task.handler.bytes[...])
        writer.memberIfPresent("inputs", raw: template)
        writer.member("max_retries", int: task.maxRetries)
        writer.key("timeout")
        writer.seconds(task.timeoutSeconds)
        writer.endObject()
        return writer.bytes
    }

    func follower(of place: Int) -> Int? {
        let next = Int(followers[place])
        return next < 0 ? nil : next
    }

    func entry(of place: Int) -> [UInt8] { entries[place] }

    /// Its inputs look at the run's input.
    func readsInput(_ place: Int) -> Bool { inputReaders[place] }
}
