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
        let chosen =
            if let names = choice.tasks { try named(names, choice) } else { try failed(choice) }
        guard !chosen.isEmpty else {
            throw ServiceFailure(.conflict, "no task of session \(choice.sessionID) failed: there is nothing to retry")
        }
        try Self.refuse(chosen.compactMap(Self.problem), of: chosen.count)
        return Self.plan(choice.sessionID, chosen.map(\.task))
    }

    /// Of the one command that a run is sent, because it is revived once.
    ///
    /// Both may have up to 255 bytes, as a request id may: where that is too much, a digest of both stands for them.
    static func requestID(_ retryID: String, _ runID: String) -> String {
        let plain = "\(retryID)/\(runID)"
        guard plain.utf8.count > Identifier.longest else { return plain }
        return SHA256.hex(Array("\(retryID)\0\(runID)".utf8))
    }

    // MARK: Choosing

    /// A task that is to be tried again, and its place in the request; nil where nobody named it.
    private typealias Wanted = (task: SessionTask, place: Int?)

    /// All that failed, of these queries; more than the limit are refused rather than cut, for half a run would be
    /// revived.
    private func failed(_ choice: Choice) throws(ServiceFailure) -> [Wanted] {
        var found: [SessionTask] = []
        while true {
            let page = try reaching { () throws(AccessFailure) in
                try store.failedTasks(
                    of: choice.sessionID, queries: choice.queries, after: found.last, limit: Self.page)
            }
            found += page
            try Self.check(found.count, choice.sessionID)
            guard page.count == Self.page else { return found.map { ($0, nil) } }
        }
    }

    private static let page = 5_000

    private static func check(_ count: Int, _ sessionID: String) throws(ServiceFailure) {
        guard count > limit else { return }
        throw ServiceFailure(
            .conflict, "more than \(limit) tasks of session \(sessionID) are chosen, so none was retried",
            advice: "choose fewer, such as by query, or make a campaign, which has a pace")
    }

    private func named(_ names: [String], _ choice: Choice) throws(ServiceFailure) -> [Wanted] {
        try Self.check(names.count, choice.sessionID)
        let tasks = try TaskNames(names).resolved { ids throws(ServiceFailure) in
            try reaching { () throws(AccessFailure) in try store.tasks(ofLetters: ids) }
        }
        let places = Dictionary(tasks.enumerated().map { ($1, $0) }) { first, _ in first }
        let found = try reaching { () throws(AccessFailure) in try store.tasks(tasks) }
        let known = Set(found.filter { $0.sessionID == choice.sessionID }.map(\.name))
        try Self.refuse(
            tasks.enumerated().filter { !known.contains($1) }.map { "\(Self.label($1, $0)) is no task of the session" },
            of: tasks.count)
        var chosen: [Wanted] = found.map { ($0, places[$0.name]) }
        if let queries = choice.queries {
            let runs = try reaching { () throws(AccessFailure) in
                Set(try store.runs(of: choice.sessionID, withQueries: queries))
            }
            chosen = chosen.filter { runs.contains($0.task.name.runID) }
        }
        return chosen.sorted { ($0.place ?? 0) < ($1.place ?? 0) }
    }

    private static func refuse(_ problems: [String], of count: Int) throws(ServiceFailure) {
        guard !problems.isEmpty else { return }
        throw ServiceFailure(
            .conflict, "\(problems.count) of \(count) tasks cannot be retried, so none was", details: problems)
    }

    /// Where the task stands in the request, as findings have it, and its name.
    private static func label(_ name: TaskName, _ place: Int?) -> String {
        (place.map { "tasks[\($0)]: " } ?? "task ") + "\(name.runID)/\(name.taskID)"
    }

    /// Why it cannot be tried again; nil when it can.
    private static func problem(_ wanted: Wanted) -> String? {
        let (task, label) = (wanted.task, label(wanted.task.name, wanted.place))
        guard task.taskStatus == "failed" else { return "\(label) did not fail, it is \(task.taskStatus)" }
        if let live = task.live { return "\(label): another retry of its run is live: \(live)" }
        guard task.runStatus == "failed" else { return "\(label): its run has not failed, it is \(task.runStatus)" }
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

    /// In the order they are named.
    func resolved(_ look: ([Int]) throws(ServiceFailure) -> [Int: TaskName]) throws(ServiceFailure) -> [TaskName] {
        let unreadable = names.enumerated().filter { $1.name == nil && $1.letter == nil }
            .map { "tasks[\($0)]: \($1.text) is not run_id/task_id" }
        guard unreadable.isEmpty else { throw ServiceFailure(.invalid, "tasks: not readable", details: unreadable) }
        let letters = names.compactMap(\.letter)
        let found = letters.isEmpty ? [:] : try look(letters)
        let unknown = names.enumerated().filter { $1.letter.map { found[$0] == nil } ?? false }
            .map { "tasks[\($0)]: \($1.text) is no row of failed_tasks" }
        guard unknown.isEmpty else {
            throw ServiceFailure(.conflict, "\(unknown.count) tasks are unknown, so none was retried", details: unknown)
        }
        return names.compactMap { $0.name ?? $0.letter.flatMap { found[$0] } }
    }
}
