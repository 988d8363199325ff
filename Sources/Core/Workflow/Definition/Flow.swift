public import JSON

/// A compiled flow: valid, immutable, and shared by every run of it.
public final class Flow: Sendable {
    /// As the definition says; nil if it says nothing.
    public let flowID: Identifier?
    /// The text as sent.
    public let definition: Bytes
    /// The digest of the text, 32 bytes.
    public let sha256: [UInt8]
    public let sha256Hex: String
    /// In the order of the definition.
    public let tasks: [FlowTask]
    /// Every task after its dependencies.
    public let order: [Int]
    /// The tasks nothing depends on.
    public let sinks: [Int]
    /// Nil: the outputs of the sinks.
    public let output: Template?
    public let timeoutSeconds: Double?
    /// The smallest time limit of its tasks.
    public let shortestLimit: Microseconds
    public let failFast: Bool
    public let errors: FlowErrors
    /// An object or a boolean.
    public let inputSchema: JSONValue?
    /// Which tasks may run back to back.
    let segments: SegmentShape
    private let places: [Identifier: Int]
    private let read: [Bool]

    init(_ definition: Bytes, _ draft: FlowDraft, _ tasks: [FlowTask], _ order: [Int], output: Template?) {
        self.definition = definition
        flowID = draft.flowID
        sha256 = SHA256.hash(Array(definition))
        sha256Hex = SHA256.hexDigits(sha256)
        self.tasks = tasks
        self.order = order
        sinks = tasks.indices.filter { tasks[$0].dependents.isEmpty }
        self.output = output
        timeoutSeconds = draft.timeoutSeconds
        shortestLimit = tasks.reduce(.max) { min($0, $1.limit) }
        failFast = draft.failFast
        errors = draft.errors
        inputSchema = draft.inputSchema
        places = Dictionary(tasks.indices.map { (tasks[$0].id, $0) }, uniquingKeysWith: { first, _ in first })
        var read = [Bool](repeating: false, count: tasks.count)
        for place in tasks.indices { for task in tasks[place].readsOutputOf { read[task] = true } }
        for task in output?.references.compactMap(\.task) ?? sinks { read[task] = true }
        self.read = read
        segments = SegmentShape(tasks, templates: draft.tasks.map { $0.inputs?.bytes })
    }

    /// The place of a task in the definition.
    public func index(of taskID: Identifier) -> Int? { places[taskID] }

    public func index(of taskID: some Collection<UInt8>) -> Int? { places[Identifier(taskID)] }

    /// Whether some inputs, some requirement or the run's output look at this task's output; otherwise nobody needs to
    /// keep it.
    public func isOutputRead(_ task: Int) -> Bool { read[task] }

    /// Checks the whole definition and finds every problem at once.
    /// - `flowID`: the name it is asked for by; a definition may leave its own out, but not have another one.
    public static func compile(
        _ definition: Bytes, flowID: Identifier?, settings: FlowSettings
    ) -> Result<Flow, FlowProblems> {
        var compiler = FlowCompiler(definition, settings)
        return compiler.compile(as: flowID)
    }
}
