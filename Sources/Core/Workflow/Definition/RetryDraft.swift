import JSON

/// The `retry` object of a task or a flow: what it says, and nothing about what it leaves out.
struct RetryDraft {
    private var delays: [Microseconds]?
    private var first: Microseconds?
    private var base: Double?
    private var maxDelay: Microseconds?
    private var jitter: Double?
    private var budget: Microseconds?

    static let known: [StaticString] = ["delays", "first", "base", "max_delay", "jitter", "budget"]

    init?(_ value: JSONValue?, at path: String, _ problems: inout FlowProblems) {
        guard let value else { return nil }
        guard value.kind == .object else {
            problems.add(path, "must be an object")
            return nil
        }
        let fields = FieldReader(value, at: path, known: Self.known, &problems)
        delays = fields.elements("delays", &problems)?.enumerated().compactMap { index, value in
            let path = "\(path).delays[\(index)]"
            return FieldReader.number(value, at: path, in: 0...FlowLimits.seconds, &problems).map(Self.microseconds)
        }
        first = fields.number("first", in: 0...FlowLimits.seconds, &problems).map(Self.microseconds)
        base = fields.number("base", in: 1...100, &problems)
        maxDelay = fields.number("max_delay", in: 0...FlowLimits.seconds, &problems).map(Self.microseconds)
        jitter = fields.number("jitter", in: 0...1, &problems)
        budget = fields.number("budget", in: 0...FlowLimits.seconds, &problems).map(Self.microseconds)
        if let delays, !delays.isEmpty, isExponential {
            problems.add(path, "has both delays and first, base or max_delay; only one of the two ways can be used")
        }
    }

    private var isExponential: Bool { first != nil || base != nil || maxDelay != nil }

    /// Puts what it says over `policy`. Saying how waits grow takes the list of delays away.
    func apply(to policy: inout RetryPolicy) {
        if isExponential { policy.delays = [] }
        policy.delays = delays ?? policy.delays
        policy.first = first ?? policy.first
        policy.base = base ?? policy.base
        policy.maxDelay = maxDelay ?? policy.maxDelay
        policy.jitter = jitter ?? policy.jitter
        policy.budget = budget ?? policy.budget
    }

    private static func microseconds(_ seconds: Double) -> Microseconds {
        Microseconds((seconds * 1_000_000).rounded())
    }
}
