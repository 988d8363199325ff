public import Workflow

/// Tells of tasks that wait in a pool that nobody serves: without it they would wait in silence.
///
/// Executors show themselves in Redis for half a minute after each sign of life. A foreign one that does not is not
/// seen, so this is only ever a hint; without Redis there is none.
public struct PoolWatch {
    private let workers: any WorkerReading

    public init(workers: any WorkerReading) { self.workers = workers }

    /// The same tasks; those that could run now and have nobody who would say so.
    public func note(_ tasks: [TaskRecord]) -> [TaskRecord] {
        let waiting = tasks.filter(Self.couldRun).compactMap(\.pool)
        guard !waiting.isEmpty, let served else { return tasks }
        return tasks.map { task in
            guard Self.couldRun(task), let pool = task.pool, !served.contains(pool) else { return task }
            var task = task
            task.waiting = "no executor of pool \(pool) has been seen for 30 s"
            return task
        }
    }

    /// What the tasks wait for, each sentence once; nil when nothing holds any of them back.
    public static func summary(of tasks: [TaskRecord]) -> String? {
        var sentences: [String] = []
        for sentence in tasks.compactMap(\.waiting) where !sentences.contains(sentence) { sentences.append(sentence) }
        return sentences.isEmpty ? nil : sentences.joined(separator: "; ")
    }

    private static func couldRun(_ task: TaskRecord) -> Bool {
        task.status == "pending" && task.waitingFor.isEmpty && task.waiting == nil
    }

    /// Nil when nobody can be asked.
    private var served: Set<String>? {
        guard let heartbeats = try? workers.heartbeats() else { return nil }
        return Set(heartbeats.compactMap { WorkerEntry($0) }.filter { !$0.isStopping }.flatMap(\.pools))
    }
}
