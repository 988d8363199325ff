import JSON
import Workflow

/// `sleep`: waits `ms`, then gives `output`, or how long it slept. Takes no thread while it waits.
struct SleepHandler: Handler {
    func answer(_ input: HandlerInput) -> HandlerAnswer {
        guard let milliseconds = input.inputs.member("ms")?.int, milliseconds >= 0 else {
            return .now(
                .failed(ReportedFailure("invalid inputs of sleep: ms must be a number of at least 0", .permanent)))
        }
        guard let output = input.inputs.member("output") else {
            var writer = JSONWriter(reserving: 32)
            writer.beginObject()
            writer.key("slept_ms")
            writer.int(milliseconds)
            writer.endObject()
            return .later(milliseconds: milliseconds, .succeeded(JSONValue(trusted: writer.bytes[...])))
        }
        return .later(milliseconds: milliseconds, .succeeded(output))
    }
}
