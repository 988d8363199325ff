import JSON
public import Workflow

/// `exec`: runs one program that is allowed here, never through a shell.
///
/// | how it ends | class |
/// |---|---|
/// | exit code 0 | a success: `{"exit_code","stdout","stderr"}` |
/// | exit code 75, which means "try later" by custom | transient |
/// | any other exit code | what its last words on stderr say, by the usual lists |
/// | a signal that we did not send | transient |
/// | too much on stdout, or a program that cannot be started | permanent |
public struct ExecHandler: Handler {
    static let outputBytes = 512 << 10
    static let errorBytes = 64 << 10

    private let runner: (any ProgramRunner)?
    private let allowed: Set<String>

    /// - `allowed`: absolute paths; with none the handler only says that it is off.
    public init(runner: (any ProgramRunner)?, allowed: [String]) {
        self.runner = runner
        self.allowed = Set(allowed)
    }

    public func answer(_ input: HandlerInput) -> HandlerAnswer {
        switch call(input) {
        case .success: .run
        case .failure(let problem): .now(.failed(problem.failure))
        }
    }

    public func run(_ input: HandlerInput) async throws -> HandlerOutcome {
        guard let runner else { return .failed(ExecProblem.off.failure) }
        switch call(input) {
        case .failure(let problem): return .failed(problem.failure)
        case .success(let call):
            do {
                return Self.outcome(try await runner.run(call), call)
            } catch {
                return .failed(Self.failure(error, call))
            }
        }
    }

    private func call(_ input: HandlerInput) -> Result<ProgramCall, ExecProblem> {
        guard runner != nil, !allowed.isEmpty else { return .failure(.off) }
        return ExecInputs.read(input).flatMap { call in
            guard allowed.contains(call.program) else { return .failure(.notAllowed(call.program, allowed.sorted())) }
            return .success(call)
        }
    }

    static func outcome(_ reply: ProgramReply, _ call: ProgramCall) -> HandlerOutcome {
        switch reply.end {
        case .exited(0):
            let output = ExecOutput.write(reply, code: 0)
            guard output.bytes.count > Limits.payloadBytes else { return .succeeded(output) }
            return .failed(ReportedFailure(ExecOutput.sizes(reply, output, call), .permanent, type: "too_large"))
        case .exited(let code):
            let words = ExecOutput.lastLine(reply.stderr)
            var failure = ReportedFailure(
                "exit code \(code)" + (words.isEmpty ? " of \(call.program)" : ": \(words)"),
                code == 75 ? .transient : nil, type: "exit code \(code)")
            failure.detail = ExecOutput.tail(reply.stderr)
            failure.partialOutput = ExecOutput.write(reply, code: code).bytes
            return .failed(failure)
        case .signalled(let signal):
            var failure = ReportedFailure(
                "\(call.program) was ended by signal \(signal), which this executor did not send", .transient,
                type: "signal \(signal)")
            failure.detail = ExecOutput.tail(reply.stderr)
            return .failed(failure)
        }
    }

    private static func advice(_ reason: String) -> String {
        reason.contains("Argument list too long") ? "give it its input by stdin" : "is it installed here?"
    }

    static func failure(_ error: ProgramCallError, _ call: ProgramCall) -> ReportedFailure {
        switch error {
        case .refused(let reason):
            ReportedFailure(
                "the program cannot be started: \(reason); \(advice(reason))", .permanent, type: "exec")
        case .exhausted(let reason):
            ReportedFailure("no program can be started now: \(reason)", .transient, type: "exec")
        case .tooLarge:
            ReportedFailure(
                "\(call.program) said more than \(call.outputBytes) bytes on stdout; let it write to a file or a store",
                .permanent, type: "too_large")
        case .cancelled: ReportedFailure("cancelled", .cancelled)
        }
    }
}

/// Why a program is not even started.
enum ExecProblem: Error {
    case off
    case inputs(String)
    case notAllowed(String, [String])

    var failure: ReportedFailure {
        switch self {
        case .off:
            ReportedFailure(
                "exec is off: set EXECUTOR_EXEC_ALLOW to the paths of the programs this executor may run", .permanent,
                type: "exec_off")
        case .inputs(let reason): ReportedFailure("invalid inputs of exec: \(reason)", .permanent, type: "inputs")
        case .notAllowed(let program, let allowed):
            ReportedFailure(
                "exec may not run \(program): add it to EXECUTOR_EXEC_ALLOW, which has "
                    + allowed.joined(separator: ", "), .permanent, type: "not_allowed")
        }
    }
}
