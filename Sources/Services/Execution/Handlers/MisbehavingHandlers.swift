import Glibc
import JSON
import Workflow

/// `block`: keeps its thread for `ms`, whatever it is told. For drills only.
struct BlockHandler: Handler {
    func run(_ input: HandlerInput) async throws -> HandlerOutcome {
        _ = poll(nil, 0, Int32(clamping: input.inputs.member("ms")?.int ?? 60_000))
        return .succeeded(JSONValue(trusted: Array("{}".utf8)[...]))
    }
}

/// `stubborn`: takes no thread, but goes on for `ms` although it is told to end. For drills only.
struct StubbornHandler: Handler {
    func run(_ input: HandlerInput) async throws -> HandlerOutcome {
        let milliseconds = input.inputs.member("ms")?.int ?? 60_000
        await Task { try? await Task.sleep(for: .milliseconds(milliseconds)) }.value
        return .succeeded(JSONValue(trusted: Array("{}".utf8)[...]))
    }
}

/// `flood`: speaks of its progress `words` times, then gives `bytes` bytes of output. For drills only.
struct FloodHandler: Handler {
    func run(_ input: HandlerInput) async throws -> HandlerOutcome {
        let words = input.inputs.member("words")?.int ?? 100_000
        for word in 0..<max(0, words) { input.report(done: Double(word) / Double(words), text: "word \(word)") }
        let bytes = min(max(0, input.inputs.member("bytes")?.int ?? 64 << 20), 256 << 20)
        let quote = [UInt8(ascii: "\"")]
        let output = quote + [UInt8](repeating: UInt8(ascii: "a"), count: bytes) + quote
        return .succeeded(JSONValue(trusted: output[...]))
    }
}
