import JSON
import Workflow

/// Reads the inputs of `exec`: `program`, `arguments`, `stdin`.
enum ExecInputs {
    /// Everything a program finds in its environment: where programs are, and which attempt it serves.
    private static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    static func read(_ input: HandlerInput) -> Result<ProgramCall, ExecProblem> {
        let inputs = input.inputs
        guard let program = text(inputs.member("program")), program.hasPrefix("/") else {
            return .failure(.inputs("program must be an absolute path"))
        }
        guard let arguments = arguments(inputs.member("arguments")) else {
            return .failure(.inputs("arguments must be a list of texts"))
        }
        guard !([program] + arguments).contains(where: { $0.utf8.contains(0) }) else {
            return .failure(.inputs("no argument may hold a NUL"))
        }
        let stdin = inputs.member("stdin").flatMap { $0.isNull ? nil : $0 }
        return .success(
            ProgramCall(
                program: program, arguments: arguments,
                stdin: stdin.map { $0.kind == .string ? $0.string() ?? [] : Array($0.bytes) } ?? [],
                environment: environment(input), outputBytes: ExecHandler.outputBytes,
                errorBytes: ExecHandler.errorBytes))
    }

    private static func environment(_ input: HandlerInput) -> [(name: String, value: String)] {
        [
            ("PATH", path), ("LANG", "C.UTF-8"), ("HOME", "/"),
            ("FLOWFLEET_RUN_ID", text(input.runID)), ("FLOWFLEET_TASK_ID", text(input.taskID)),
            ("FLOWFLEET_ATTEMPT", String(input.attempt)),
            ("FLOWFLEET_IDEMPOTENCY_KEY", text(input.idempotencyKey)),
        ]
    }

    private static func arguments(_ value: JSONValue?) -> [String]? {
        guard let value, !value.isNull else { return [] }
        guard value.kind == .array else { return nil }
        var arguments: [String] = []
        var isValid = true
        value.forEachElement { element in
            if let text = text(element) { arguments.append(text) } else { isValid = false }
        }
        return isValid ? arguments : nil
    }

    private static func text(_ value: JSONValue?) -> String? {
        guard let value, value.kind == .string else { return nil }
        return value.string().map { String(decoding: $0, as: UTF8.self) }
    }

    private static func text(_ bytes: Bytes) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// Writes what a program said, so that it can be kept: whole characters, no NUL.
enum ExecOutput {
    static func write(_ reply: ProgramReply, code: Int) -> JSONValue {
        var writer = JSONWriter(reserving: reply.stdout.count + reply.stderr.count + 64)
        writer.beginObject()
        writer.member("exit_code", int: code)
        writer.member("stdout", string: storable(reply.stdout))
        writer.member("stderr", string: storable(reply.stderr))
        writer.endObject()
        return JSONValue(trusted: writer.bytes[...])
    }

    /// The last line that says something, for the error's sentence.
    static func lastLine(_ bytes: [UInt8]) -> String {
        let lines = storable(bytes.suffix(4_096)).split(separator: "\n")
        let last = lines.last { line in line.contains { !$0.isWhitespace } } ?? ""
        return String(last.prefix(500)).split(separator: " ").joined(separator: " ")
    }

    static func tail(_ bytes: [UInt8]) -> String? {
        bytes.isEmpty ? nil : storable(bytes.suffix(4_096))
    }

    /// Why what was said within its limits is too large all the same: an output is JSON text, in which a byte that is
    /// no UTF-8 takes three, and a control character six.
    static func sizes(_ reply: ProgramReply, _ output: JSONValue, _ call: ProgramCall) -> String {
        let isText = String(validating: reply.stdout, as: UTF8.self) != nil
        let controls = reply.stdout.count { $0 < 0x20 }
        let kind = isText ? "" : "not all of them UTF-8 text, "
        return "\(call.program) said \(reply.stdout.count) bytes on stdout, \(kind)\(controls) of them control "
            + "characters: as JSON they have \(output.bytes.count), more than the limit of \(Limits.payloadBytes); "
            + "let it write base64, or to a file or a store"
    }

    private static func storable(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: bytes.map { $0 == 0 ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
    }
}
