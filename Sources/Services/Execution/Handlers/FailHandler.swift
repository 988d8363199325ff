import JSON
import Workflow

/// `fail`: fails by plan, for tests and drills: while the attempt is below `times` (always, without it), after
/// `delay_ms`.
struct FailHandler: Handler {
    func answer(_ input: HandlerInput) -> HandlerAnswer {
        let inputs = input.inputs
        let outcome: HandlerOutcome
        if let times = inputs.member("times")?.int, input.attempt >= times {
            outcome = .succeeded(inputs.member("output") ?? Self.attempts(input.attempt + 1))
        } else {
            outcome = .failed(Self.failure(inputs))
        }
        guard let delay = inputs.member("delay_ms")?.int, delay > 0 else { return .now(outcome) }
        return .later(milliseconds: delay, outcome)
    }

    private static func failure(_ inputs: JSONValue) -> ReportedFailure {
        var failure = ReportedFailure(text(inputs, "error") ?? "failed as planned")
        failure.errorClass = text(inputs, "class").flatMap(ErrorClass.init(rawValue:))
        failure.retryAfterMilliseconds = inputs.member("retry_after_ms")?.int
        failure.partialOutput = inputs.member("partial_output")?.bytes
        return failure
    }

    private static func text(_ inputs: JSONValue, _ name: StaticString) -> String? {
        inputs.member(name)?.string().map { String(decoding: $0, as: UTF8.self) }
    }

    private static func attempts(_ count: Int) -> JSONValue {
        var writer = JSONWriter(reserving: 24)
        writer.beginObject()
        writer.key("attempts")
        writer.int(count)
        writer.endObject()
        return JSONValue(trusted: writer.bytes[...])
    }
}
