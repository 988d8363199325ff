import Platform
import Processes
public import Workflow

/// The `exec` handler's programs, as processes of this machine. Each takes the thread that it is called on.
public struct SystemProgramRunner: ProgramRunner {
    private let patience: Duration

    /// - `patience`: between SIGTERM and SIGKILL.
    public init(patience: Duration) {
        self.patience = patience
    }

    public func run(_ call: ProgramCall) async throws(ProgramCallError) -> ProgramReply {
        let flag = CancelFlag()
        let command = ChildProcess.Command(
            call.program, call.arguments, environment: call.environment.map { "\($0.name)=\($0.value)" },
            stdin: call.stdin, outputBytes: call.outputBytes, errorBytes: call.errorBytes, patience: patience)
        let result = await withTaskCancellationHandler {
            Self.run(command, flag)
        } onCancel: {
            flag.cancel()
        }
        return try result.get()
    }

    private static func run(
        _ command: ChildProcess.Command, _ flag: CancelFlag
    ) -> Result<ProgramReply, ProgramCallError> {
        do {
            let outcome = try ChildProcess.run(command, cancel: flag)
            guard !outcome.isTooLarge else { return .failure(.tooLarge) }
            guard !outcome.wasTold else { return .failure(.cancelled) }
            return .success(ProgramReply(end: .init(outcome.end), stdout: outcome.stdout, stderr: outcome.stderr))
        } catch {
            return .failure(error.isShortage ? .exhausted("\(error)") : .refused("\(error)"))
        }
    }
}

extension ProgramReply.End {
    fileprivate init(_ end: ChildProcess.End) {
        self =
            switch end {
            case .exited(let code): .exited(Int(code))
            case .signalled(let signal): .signalled(Int(signal))
            }
    }
}
