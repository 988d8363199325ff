public import Workflow

/// Chooses failed tasks of a session to be tried again in place: the same runs, the same tasks, their attempts go on
/// counting. Nothing starts unless every chosen task can be tried.
public struct SessionRetries {
    private let store: any SessionReading

    public init(store: any SessionReading) { self.store = store }

    /// Which tasks: those named (`run_id/task_id`, or the id of a row of `failed_tasks`), or all that failed; of these
    /// only those whose runs were asked for with one of `queries`.
    public struct Choice: Sendable {
        public var sessionID: String
        /// Nil: all that failed.
        public var tasks: [String]?
        public var queries: [String]?

        public init(sessionID: String, tasks: [String]? = nil, queries: [String]? = nil) {
            self.sessionID = sessionID
            self.tasks = tasks
            self.queries = queries
        }
    }

    /// What is tried again, run by run.
    public struct Plan: Sendable, Equatable {
        public var sessionID: String
        public var runs: [(runID: String, taskIDs: [String])]

        public var taskCount: Int { runs.reduce(0) { $0 + $1.taskIDs.count } }

        public static func == (left: Plan, right: Plan) -> Bool {
            left.sessionID == right.sessionID && left.runs.elementsEqual(right.runs) { $0 == $1 }
        }
    }

    /// The most tasks of one retry; more are left to a campaign, which has a pace.
    public static let limit = 100_000

    public func choose(_ choice: Choice) throws(ServiceFailure) -> Plan {
        guard try reaching({ () throws(AccessFailure) in try store.session(choice.sessionID) }) != nil else {
            throw ServiceFailure(.notFound, "no session \(choice.sessionID) is known")
        }
        var tasks = try choice.tasks.map { names throws(ServiceFailure) in try named(names, choice.sessionID) }
        if tasks == nil { tasks = try failed(in: choice.sessionID) }
        var chosen = tasks ?? []
        if let queries = choice.queries {
            let runs = try reaching { () throws(AccessFailure) in
                Set(try store.runs(of: choice.sessionID, withQueries: queries))
            }
            chosen = chosen.filter { runs.contains($0.name.runID) }
        }
        guard !chosen.isEmpty else {
            throw ServiceFailure(.conflict, "no task of session \(choice.sessionID) failed: there is nothing to retry")
        }
        let problems = chosen.compactMap(Self.problem)
        guard problems.isEmpty else {
            throw ServiceFailure(
                .conflict, "\(problems.count) of \(chosen.count) tasks cannot be retried, so none was",
                details: problems)
        }
        return Self.plan(choice.sessionID, chosen)
    }

    /// Of the one command that a run is sent, because it is revived once.
    ///
    /// Run ids have up to 255 bytes, as request ids do: a long one is told by its digest.
    static func requestID(_ retryID: String, _ runID: String) -> String {
        let plain = "\(retryID)/\(runID)"
        guard plain.utf8.count > Identifier.longest else { return plain }
        return "\(retryID.prefix(100))/\(SHA256.hex(Array(runID.utf8)))"
    }

    // MARK: Choosing

    private func failed(in id: String) throws(ServiceFailure) -> [SessionTask] {
        var found: [SessionTask] = []
        while found.count < Self.limit {
            let page = try reaching { () throws(AccessFailure) in
                try store.failedTasks(of: id, after: found.last, limit: 5_000)
            }
            found += page
            if page.count < 5_000 { break }
        }
        return found
    }

    private func named(_ names: [String], _ sessionID: String) throws(ServiceFailure) -> [SessionTask] {
        let tasks = try TaskNames(names).resolved { ids throws(ServiceFailure) in
            try reaching { () throws(AccessFailure) in try store.tasks(ofLetters: ids) }
        }
        let found = try reaching { () throws(AccessFailure) in try store.tasks(tasks) }
        let known = Set(found.filter { $0.sessionID == sessionID }.map(\.name))
        let missing = tasks.filter { !known.contains($0) }.map { "\($0.runID)/\($0.taskID): is no task of the session" }
        guard missing.isEmpty else {
            throw ServiceFailure(
                .conflict, "\(missing.count) of \(tasks.count) tasks cannot be retried, so none was", details: missing)
        }
        return found
    }

    /// Why it cannot be tried again; nil when it can.
    private static func problem(_ task: SessionTask) -> String? {
        let name = "\(task.name.runID)/\(task.name.taskID)"
        guard task.taskStatus == "failed" else { return "\(name): did not fail, it is \(task.taskStatus)" }
        if let live = task.live { return "\(name): another retry of its run is live: \(live)" }
        guard task.runStatus == "failed" else { return "\(name): its run has not failed, it is \(task.runStatus)" }
        return nil
    }

    private static func plan(_ sessionID: String, _ tasks: [SessionTask]) -> Plan {
        var (runs, places): ([(runID: String, taskIDs: [String])], [String: Int]) = ([], [:])
        for task in Set(tasks.map(\.name)).sorted(by: { ($0.runID, $0.taskID) < ($1.runID, $1.taskID) }) {
            if let place = places[task.runID] {
                runs[place].taskIDs.append(task.taskID)
            } else {
                places[task.runID] = runs.count
                runs.append((task.runID, [task.taskID]))
            }
        }
        return Plan(sessionID: sessionID, runs: runs)
    }
}

/// Tasks as people name them: `run_id/task_id`, split at the last `/`, or a number out of `failed_tasks`.
struct TaskNames {
    private var names: [(text: String, name: TaskName?, letter: Int?)] = []

    init(_ texts: [String]) {
        for text in texts {
            if let letter = Int(text) {
                names.append((text, nil, letter))
            } else if let slash = text.lastIndex(of: "/"), slash != text.startIndex {
                let task = String(text[text.index(after: slash)...])
                names.append((text, TaskName(runID: String(text[..<slash]), taskID: task), nil))
            } else {
                names.append((text, nil, nil))
            }
        }
    }

    func resolved(_ look: ([Int]) throws(ServiceFailure) -> [Int: TaskName]) throws(ServiceFailure) -> [TaskName] {
        let unreadable = names.filter { $0.name == nil && $0.letter == nil }.map { "\($0.text): is not run_id/task_id" }
        guard unreadable.isEmpty else { throw ServiceFailure(.invalid, "tasks: not readable", details: unreadable) }
        let letters = names.compactMap(\.letter)
        let found = letters.isEmpty ? [:] : try look(letters)
        let unknown = letters.filter { found[$0] == nil }.map { "\($0): is no row of failed_tasks" }
        guard unknown.isEmpty else {
            throw ServiceFailure(.conflict, "\(unknown.count) tasks are unknown, so none was retried", details: unknown)
        }
        return names.compactMap { $0.name ?? $0.letter.flatMap { found[$0] } }
    }
}
