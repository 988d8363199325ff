public import JSON

/// What one `${…}` stands for: a root, a path into it, perhaps a default.
public struct Reference: Sendable, Equatable {
    public enum Root: Sendable, Equatable {
        case input, context
        /// The output of the task at that place in the definition.
        case output(Int)
        case run(RunField)
    }

    public let root: Root
    public let path: [PathStep]
    /// Used when the path leads nowhere or to null; valid JSON.
    public let fallback: Bytes?
    /// As written, for messages.
    public let text: String

    /// The task whose output it reads.
    public var task: Int? {
        if case .output(let task) = root { task } else { nil }
    }

    func resolve(in scope: some TemplateScope) throws(TemplateError) -> JSONValue {
        let found = start(in: scope)?.following(path)
        if let fallback, found?.isNull ?? true { return JSONValue(trusted: fallback) }
        guard let found else { throw .missing(path: text) }
        return found
    }

    private func start(in scope: some TemplateScope) -> JSONValue? {
        switch root {
        case .input: return scope.input
        case .context: return scope.context
        case .output(let task): return scope.output(of: task)
        case .run(let field):
            var writer = JSONWriter()
            writer.string(field.read(in: scope).bytes)
            return JSONValue(trusted: writer.bytes[...])
        }
    }
}

/// The ids a template can name under `run`.
public enum RunField: String, Sendable, CaseIterable {
    case runID = "run_id"
    case flowID = "flow_id"
    case sessionID = "session_id"
    case correlationID = "correlation_id"
    case tenantID = "tenant_id"
    case userID = "user_id"

    func read(in scope: some TemplateScope) -> Identifier {
        switch self {
        case .runID: scope.runID
        case .flowID: scope.flowID
        case .sessionID: scope.sessionID
        case .correlationID: scope.correlationID
        case .tenantID: scope.tenantID
        case .userID: scope.userID
        }
    }
}

/// What templates of a run can reach.
public protocol TemplateScope {
    var input: JSONValue { get }
    var context: JSONValue { get }
    /// The output of the task at that place in the definition; nil as long as, or because, there is none.
    func output(of task: Int) -> JSONValue?
    var runID: Identifier { get }
    var flowID: Identifier { get }
    var sessionID: Identifier { get }
    var correlationID: Identifier { get }
    var tenantID: Identifier { get }
    var userID: Identifier { get }
}

/// A template gave nothing usable: a permanent failure of its task.
public enum TemplateError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A path leads nowhere and has no default; as written in the template.
    case missing(path: String)
    /// It had become larger than any payload may be; the rest was not rendered.
    case tooLarge

    public var description: String {
        switch self {
        case .missing(let path): "there is nothing at ${\(path)}, and it has no default"
        case .tooLarge: "too_large: more than \(Limits.payloadBytes) bytes"
        }
    }
}
