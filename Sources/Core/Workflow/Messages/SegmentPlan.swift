import JSON

/// The tasks behind the first of a segment, taken apart once for all messages that carry the same `then`.
public final class SegmentPlan: Sendable {
    struct Step: Sendable {
        let taskID: [UInt8]
        let handler: [UInt8]
        let timeoutSeconds: Double?
        /// Nil: the run's input and the output of the task before.
        let inputs: Template?
    }

    /// None if the message cannot be understood: then its first task is all that is run.
    let steps: [Step]
    /// Tasks whose outputs the message brings; their places are behind those of the segment.
    let given: [[UInt8]]
    private let head: [UInt8]
    private let source: [UInt8]

    /// - `message`: the first task of a segment.
    public init(_ message: TaskMessage) {
        head = Array(message.taskID)
        source = Array(message.then?.bytes ?? [])
        let entries = message.then?.parts ?? []
        given = message.scope?.member("outputs")?.pairs.compactMap { $0.key.string() } ?? []
        let names = [head] + entries.map { Array($0.member("task_id")?.text ?? []) } + given
        let index = Dictionary(
            names.enumerated().map { (Identifier($0.element), $0.offset) }, uniquingKeysWith: { first, _ in first })
        let parser = ReferenceParser(index: index, ids: [])
        let steps = entries.prefix(Limits.segmentTasks - 1).map { Step(reading: $0, parser) }
        self.steps = Array(steps.prefix { $0 != nil }.compactMap { $0 })
    }

    /// Whether it is the plan of this message too.
    public func fits(_ message: TaskMessage) -> Bool {
        guard let then = message.then else { return false }
        return then.bytes.elementsEqual(source) && message.taskID.elementsEqual(head)
    }
}

extension SegmentPlan.Step {
    fileprivate init?(reading entry: JSONValue, _ parser: ReferenceParser) {
        guard let taskID = entry.member("task_id")?.text, Identifier.isValidID(taskID),
            let handler = entry.member("handler")?.text
        else { return nil }
        self.taskID = Array(taskID)
        self.handler = Array(handler)
        timeoutSeconds = entry.member("timeout")?.double.flatMap { $0 > 0 ? $0 : nil }
        guard let inputs = entry.member("inputs") else {
            self.inputs = nil
            return
        }
        let compiled = TemplateCompiler.compile(inputs, at: "inputs", parser)
        guard compiled.problems.isEmpty else { return nil }
        self.inputs = compiled.template
    }
}
