import JSON
import Stores
import Testing
import Workflow

@testable import Execution

/// `exec` on real programs of this machine.
@Suite struct ExecHandlerTests {
    private static let shell = "/bin/sh"

    private func outcome(
        _ inputs: String, allowed: [String] = [Self.shell, "/bin/cat", "/nowhere"]
    ) async throws -> HandlerOutcome {
        var reader = TaskMessageReader()
        let message = try reader.read(Array(task("t", "exec", inputs: inputs).utf8)[...])
        let handler = ExecHandler(runner: SystemProgramRunner(patience: .milliseconds(300)), allowed: allowed)
        if case .now(let outcome) = handler.answer(HandlerInput(message)) { return outcome }
        return try await handler.run(HandlerInput(message))
    }

    private func script(_ text: String) -> String {
        #"{"program":"/bin/sh","arguments":["-c",\#(quoted(text))]}"#
    }

    private func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func failure(_ outcome: HandlerOutcome) -> ReportedFailure? {
        if case .failed(let failure) = outcome { failure } else { nil }
    }

    @Test func `a program gives its exit code and what it said`() async throws {
        let outcome = try await outcome(script("cat; echo oops >&2").dropLast() + #","stdin":"héllo"}"#)
        guard case .succeeded(let output) = outcome else { return #expect(Bool(false), "\(outcome)") }
        let text = String(decoding: output.bytes, as: UTF8.self)
        #expect(text == #"{"exit_code":0,"stdout":"héllo","stderr":"oops\n"}"#)
    }

    @Test func `arguments are never read by a shell, and a value on stdin is JSON`() async throws {
        let inputs = #"{"program":"/bin/sh","arguments":["-c","printf %s \"$1\"; cat","x","$(id) *"],"stdin":{"a":1}}"#
        guard case .succeeded(let output) = try await outcome(inputs) else { return #expect(Bool(false)) }
        #expect(output.member("stdout")?.string() == Array(#"$(id) *{"a":1}"#.utf8))
    }

    @Test func `a program's environment holds nothing of ours but which attempt it serves`() async throws {
        guard case .succeeded(let output) = try await outcome(script("env | sort; pwd; ls /proc/self/fd | wc -l"))
        else {
            return #expect(Bool(false))
        }
        let lines = String(decoding: output.member("stdout")?.string() ?? [], as: UTF8.self).split(separator: "\n")
        let names = lines.filter { $0.contains("=") }.compactMap { $0.split(separator: "=").first }
        let expected = [
            "FLOWFLEET_ATTEMPT", "FLOWFLEET_IDEMPOTENCY_KEY", "FLOWFLEET_RUN_ID", "FLOWFLEET_TASK_ID", "HOME", "LANG",
            "PATH",
        ]
        let ofTheShell: Set<Substring> = ["PWD", "OLDPWD", "_"]
        let ours = names.filter { !ofTheShell.contains($0) }.map(String.init)
        #expect(ours == expected)
        #expect(lines.contains("/"))
        // Its three, and the one ls has open.
        #expect(lines.last.map { $0.trimmingPrefix { $0 == " " } } == "4")
    }

    struct Case: CustomTestStringConvertible {
        let script: String
        let errorClass: ErrorClass?
        let error: String
        var testDescription: String { script }
    }

    static let cases = [
        Case(script: "exit 3", errorClass: nil, error: "exit code 3 of /bin/sh"),
        Case(
            script: "echo first >&2; echo connection refused >&2; exit 1", errorClass: nil,
            error: "exit code 1: connection refused"),
        Case(script: "echo later >&2; exit 75", errorClass: .transient, error: "exit code 75: later"),
        Case(
            script: "kill -SEGV $$", errorClass: .transient,
            error: "/bin/sh was ended by signal 11, which this executor did not send"),
        Case(
            script: "head -c 3000000 /dev/zero", errorClass: .permanent,
            error: "/bin/sh said more than 524288 bytes on stdout; let it write to a file or a store"),
    ]

    @Test(arguments: cases)
    func `how a program fails decides the class`(_ one: Case) async throws {
        let failure = try #require(failure(try await outcome(script(one.script))))
        #expect(failure.errorClass == one.errorClass)
        #expect(failure.error == one.error)
    }

    @Test func `a failure keeps the exit code and what was said`() async throws {
        let failure = try #require(failure(try await outcome(script("echo half; echo why >&2; exit 2"))))
        let partial = failure.partialOutput.map { String(decoding: $0, as: UTF8.self) }
        #expect(partial == #"{"exit_code":2,"stdout":"half\n","stderr":"why\n"}"#)
        #expect(failure.detail == "why\n")
    }

    @Test func `of what is said on stderr the end is kept`() async throws {
        let text = "i=0; while [ $i -lt 20000 ]; do echo line $i >&2; i=$((i+1)); done; exit 1"
        let failure = try #require(failure(try await outcome(script(text))))
        #expect(failure.error == "exit code 1: line 19999")
        #expect((failure.partialOutput?.count ?? 0) < 100_000)
    }

    @Test func `output that is no text says what it is`() throws {
        let call = ProgramCall(
            program: "/bin/dump", arguments: [], stdin: [], environment: [], outputBytes: ExecHandler.outputBytes,
            errorBytes: ExecHandler.errorBytes)
        let noise = [UInt8](repeating: 0xFF, count: 200_000) + [UInt8](repeating: 7, count: 200_000)
        let outcome = ExecHandler.outcome(ProgramReply(end: .exited(0), stdout: noise, stderr: []), call)
        let error = try #require(failure(outcome)?.error)
        let said = "/bin/dump said 400000 bytes on stdout, not all of them UTF-8 text, 200000 of them control"
        #expect(error.hasPrefix(said))
        #expect(failure(outcome)?.errorClass == .permanent)
        let tooMany = ExecHandler.failure(.refused("posix_spawn: Argument list too long"), call)
        #expect(tooMany.error.hasSuffix("give it its input by stdin"))
    }

    @Test func `what may not run says what to do`() async throws {
        let off = failure(try await outcome(script("true"), allowed: []))
        #expect(off?.error == "exec is off: set EXECUTOR_EXEC_ALLOW to the paths of the programs this executor may run")
        let other = failure(try await outcome(#"{"program":"/bin/ls"}"#, allowed: ["/bin/cat"]))
        #expect(other?.error == "exec may not run /bin/ls: add it to EXECUTOR_EXEC_ALLOW, which has /bin/cat")
        let relative = failure(try await outcome(#"{"program":"cat"}"#))
        #expect(relative?.error == "invalid inputs of exec: program must be an absolute path")
        let words = failure(try await outcome(#"{"program":"/bin/cat","arguments":"x"}"#))
        #expect(words?.error == "invalid inputs of exec: arguments must be a list of texts")
        let missing = failure(try await outcome(#"{"program":"/nowhere"}"#))
        #expect(missing?.error.hasPrefix("the program cannot be started: /nowhere: No such file") == true)
        #expect(
            [off, other, relative, words, missing].map { $0?.errorClass } == Array(repeating: .permanent, count: 5))
    }
}
