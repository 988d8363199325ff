public import JSON

/// One execution of a segment: the outputs so far, and the next task's message made from them.
///
/// Inputs are built as the lane would build them. Where they cannot be, there is no next message: the lane then
/// dispatches the task itself and says what is wrong with it.
public final class SegmentRun {
    private let plan: SegmentPlan
    private let first: TaskMessage
    /// By place: the segment's own tasks, then those the message brings.
    private var outputs: [JSONValue?]
    private let input: JSONValue
    /// Tasks before the current one.
    public private(set) var step = 0

    public init(_ message: TaskMessage, _ plan: SegmentPlan) {
        self.plan = plan
        first = message
        input = message.scope?.member("input") ?? SegmentRun.null
        outputs = [JSONValue?](repeating: nil, count: plan.steps.count + 1)
        let brought = message.scope?.member("outputs")
        for task in plan.given { outputs.append(brought?.member(task)) }
    }

    private static let null = JSONValue(trusted: JSONValue.null)

    /// The handler of the next task; nil at the end.
    public var nextHandler: Bytes? { step < plan.steps.count ? plan.steps[step].handler[...] : nil }

    /// Takes the current task's output, and gives the message of the next one; nil if it has to come from the lane.
    public func advance(with output: JSONValue) -> TaskMessage? {
        guard step < plan.steps.count else { return nil }
        outputs[step] = output
        let next = plan.steps[step]
        guard let inputs = inputs(of: next) else { return nil }
        step += 1
        return TaskMessage(
            behind: first, taskID: next.taskID, handler: next.handler, inputs: inputs,
            timeoutSeconds: next.timeoutSeconds)
    }

    private func inputs(of next: SegmentPlan.Step) -> JSONValue? {
        var writer = JSONWriter(reserving: 128)
        do throws(TemplateError) {
            if let template = next.inputs {
                try template.render(in: SegmentScope(run: self), to: &writer)
            } else {
                writeDefault(to: &writer)
            }
        } catch {
            return nil
        }
        let inputs = JSONValue(trusted: writer.bytes[...])
        return writer.bytes.count <= Limits.payloadBytes && inputs.depth <= Limits.depth ? inputs : nil
    }

    private func writeDefault(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("input", raw: input.bytes)
        writer.key("upstream")
        writer.beginObject()
        writer.key(bytes: step == 0 ? first.taskID : plan.steps[step - 1].taskID[...])
        writer.raw(outputs[step]?.bytes ?? JSONValue.null)
        writer.endObject()
        writer.endObject()
    }

    /// What the templates of a segment reach: the message, and the outputs of its tasks.
    private struct SegmentScope: TemplateScope {
        let run: SegmentRun

        var input: JSONValue { run.input }
        var context: JSONValue { run.first.context ?? JSONValue(trusted: JSONValue.emptyObject) }
        func output(of task: Int) -> JSONValue? { run.outputs[task] }
        var runID: Identifier { Identifier(run.first.runID) }
        var flowID: Identifier { id("flow_id") }
        var sessionID: Identifier { id("session_id") }
        var correlationID: Identifier { id("correlation_id") }
        var tenantID: Identifier { id("tenant_id") }
        var userID: Identifier { id("user_id") }

        private func id(_ name: StaticString) -> Identifier {
            Identifier(JSONValue(trusted: run.first.whole).member(name)?.text ?? [])
        }
    }
}

/// What a result says of its segment.
public struct SegmentLink: Sendable {
    public var mark: SegmentMark
    /// The task its executor goes on with.
    public var next: Bytes?
    /// For how long that one is held, in milliseconds, where the whole segment is.
    public var holdMilliseconds: Int?

    public init(_ mark: SegmentMark, next: Bytes? = nil, holdMilliseconds: Int? = nil) {
        self.mark = mark
        self.next = next
        self.holdMilliseconds = holdMilliseconds
    }

    /// What an earlier result said of itself; nothing of where it went on.
    public init?(reading result: Bytes) {
        let json = JSONValue(trusted: result)
        guard let id = json.member("segment")?.int, let step = json.member("step")?.int else { return nil }
        mark = SegmentMark(id: Int64(id), step: Int32(clamping: step))
    }
}
