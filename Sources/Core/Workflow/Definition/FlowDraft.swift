import JSON

/// A definition as its text says it: fields checked by themselves, names not yet looked up.
struct FlowDraft {
    private(set) var flowID: Identifier?
    private(set) var timeoutSeconds: Double?
    private(set) var maxRetries: Int?
    private(set) var retry: RetryDraft?
    private(set) var errors = FlowErrors()
    private(set) var failFast = false
    private(set) var inputSchema: JSONValue?
    private(set) var output: JSONValue?
    private(set) var tasks: [TaskDraft] = []
    var problems = FlowProblems()

    static let known: [StaticString] = [
        "flow_id", "description", "timeout", "max_retries", "retry", "errors", "input_schema", "fail_fast", "tasks",
        "output",
    ]

    init(_ definition: Bytes) {
        let limits = JSONLimits(maxBytes: Limits.definitionBytes)
        do throws(JSONError) {
            let value = try JSONValue(validating: definition, limits: limits)
            if value.kind == .object { read(value) } else { problems.add("definition", "must be a JSON object") }
        } catch {
            problems.add("definition", Self.sentence(error, definition))
        }
    }

    private static func sentence(_ error: JSONError, _ definition: Bytes) -> String {
        guard error.code == .size else { return error.description(in: definition) }
        return "has \(definition.count) bytes, at most \(Limits.definitionBytes) are allowed"
    }

    private mutating func read(_ value: JSONValue) {
        let fields = FieldReader(value, at: "", known: Self.known, &problems)
        flowID = fields.name("flow_id", .name, &problems)
        _ = fields.text("description", &problems)
        timeoutSeconds = fields.number("timeout", in: 0.001...FlowLimits.seconds, &problems)
        maxRetries = fields.integer("max_retries", in: 0...FlowLimits.maxRetries, &problems)
        retry = RetryDraft(fields.value("retry"), at: "retry", &problems)
        failFast = fields.flag("fail_fast", &problems) ?? false
        readErrors(fields)
        readSchema(fields)
        output = fields.value("output")
        if let output, !output.isStorable {
            problems.add("output", "holds \\u0000, half a surrogate pair, or a number too large to store")
        }
        readTasks(fields)
    }

    private mutating func readErrors(_ fields: FieldReader) {
        guard let value = fields.value("errors") else { return }
        guard value.kind == .object else { return problems.add("errors", "must be an object") }
        let lists = FieldReader(value, at: "errors", known: ["permanent", "transient"], &problems)
        errors = FlowErrors(permanent: patterns(lists, "permanent"), transient: patterns(lists, "transient"))
    }

    private mutating func patterns(_ fields: FieldReader, _ name: StaticString) -> [String] {
        let found = fields.texts(name, &problems)
        if found.count > FlowLimits.patterns {
            problems.add(fields.place(name), "has \(found.count) patterns, at most \(FlowLimits.patterns) are allowed")
        }
        return found.prefix(FlowLimits.patterns).compactMap { pattern in
            if (1...FlowLimits.patternBytes).contains(pattern.text.count) {
                return String(decoding: pattern.text, as: UTF8.self)
            }
            problems.add("\(fields.place(name))[\(pattern.place)]", "has 1 to \(FlowLimits.patternBytes) bytes")
            return nil
        }
    }

    private mutating func readSchema(_ fields: FieldReader) {
        guard let value = fields.value("input_schema") else { return }
        inputSchema = value
        SchemaCheck.check(value, at: "input_schema", &problems)
    }

    private mutating func readTasks(_ fields: FieldReader) {
        guard fields.value("tasks") != nil else {
            return problems.add("tasks", "is missing: a flow has at least one task")
        }
        guard let elements = fields.elements("tasks", &problems) else { return }
        guard !elements.isEmpty else { return problems.add("tasks", "is empty: a flow has at least one task") }
        guard elements.count <= FlowLimits.tasks else {
            return problems.add("tasks", "has \(elements.count) tasks, at most \(FlowLimits.tasks) are allowed")
        }
        tasks.reserveCapacity(elements.count)
        for (place, value) in elements.enumerated() {
            let path = "tasks[\(place)]"
            guard value.kind == .object else {
                problems.add(path, "must be an object")
                continue
            }
            tasks.append(TaskDraft(value, at: path, &problems))
        }
    }
}
