import JSON

/// One task as its text says it: fields checked by themselves, names not yet looked up.
///
/// Shared rather than copied, since there can be thousands.
final class TaskDraft {
    let path: String
    let id: Identifier?
    let handler: Identifier?
    let pool: Identifier?
    let inputs: JSONValue?
    let maxRetries: Int?
    let timeoutSeconds: Double?
    let retry: RetryDraft?
    let onFailure: OnFailure
    let dependsOn: [PlacedText]
    let requires: [PlacedText]
    let validates: [UInt8]?
    let segment: Bool

    static let known: [StaticString] = [
        "task_id", "handler", "depends_on", "inputs", "max_retries", "timeout", "retry", "on_failure", "pool",
        "requires", "validates", "segment",
    ]

    init(_ value: JSONValue, at path: String, _ problems: inout FlowProblems) {
        let fields = FieldReader(value, at: path, known: Self.known, &problems)
        self.path = path
        id = fields.name("task_id", .task, &problems)
        handler = fields.name("handler", .name, &problems)
        pool = fields.name("pool", .name, &problems)
        inputs = fields.value("inputs")
        maxRetries = fields.integer("max_retries", in: 0...FlowLimits.maxRetries, &problems)
        timeoutSeconds = fields.number("timeout", in: 0.001...FlowLimits.seconds, &problems)
        retry = RetryDraft(fields.value("retry"), at: fields.place("retry"), &problems)
        onFailure = Self.onFailure(fields, &problems)
        dependsOn = fields.texts("depends_on", &problems)
        requires = fields.texts("requires", &problems)
        validates = fields.text("validates", &problems)
        segment = fields.flag("segment", &problems) ?? true
        for name in ["task_id", "handler"] as [StaticString] where fields.value(name) == nil {
            problems.add(fields.place(name), "is missing")
        }
        if let inputs, !inputs.isStorable {
            problems.add(fields.place("inputs"), "holds \\u0000, half a surrogate pair, or a number too large to store")
        }
    }

    private static func onFailure(_ fields: FieldReader, _ problems: inout FlowProblems) -> OnFailure {
        guard let text = fields.text("on_failure", &problems) else { return .fail }
        if let choice = OnFailure(rawValue: String(decoding: text, as: UTF8.self)) { return choice }
        let near = NearestKnown.find(text, among: OnFailure.allCases.lazy.map { Array($0.rawValue.utf8) })
        problems.add(fields.place("on_failure"), "must be \"fail\" or \"degrade\"", nearest: near)
        return .fail
    }
}
