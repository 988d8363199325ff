/// One thing that is wrong with a definition.
public struct FlowProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// Where, such as `tasks[3].depends_on[0]`; `definition` for the whole.
    public let path: String
    /// What, with the nearest known name if there is one.
    public let message: String
    /// The known name that was probably meant.
    public let nearest: String?

    public init(path: String, message: String, nearest: String? = nil) {
        self.path = path
        self.message = nearest.map { "\(message), did you mean \"\($0)\"?" } ?? message
        self.nearest = nearest
    }

    public var description: String { "\(path): \(message)" }
}

/// Everything that is wrong with a definition: first each field by itself, then names, graph and templates.
public struct FlowProblems: Error, Sendable, Equatable, CustomStringConvertible {
    public private(set) var problems: [FlowProblem]
    /// Found beyond the limit of the list.
    public private(set) var unlisted = 0

    public init(problems: [FlowProblem] = []) { self.problems = problems }

    public var isEmpty: Bool { problems.isEmpty }

    mutating func add(_ path: String, _ message: String, nearest: String? = nil) {
        add(FlowProblem(path: path, message: message, nearest: nearest))
    }

    mutating func add(_ problem: FlowProblem) {
        guard problems.count < FlowLimits.problems else {
            unlisted += 1
            return
        }
        problems.append(problem)
    }

    /// Looking for near names in large flows costs time; after some problems it is not worth it.
    var isLong: Bool { problems.count > 50 }

    /// The first ten in one line.
    public var description: String {
        let shown = problems.prefix(10).map(\.description).joined(separator: "; ")
        let more = problems.count + unlisted - min(problems.count, 10)
        return more > 0 ? "\(shown); and \(more) more" : shown
    }
}
