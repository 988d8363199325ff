/// One start of a program by the `exec` handler.
public struct ProgramCall: Sendable {
    /// An absolute path; never looked up, never given to a shell.
    public var program: String
    /// Without the program's own name.
    public var arguments: [String]
    public var stdin: [UInt8]
    /// All the environment it gets.
    public var environment: [(name: String, value: String)]
    /// More on its output ends it with `tooLarge`.
    public var outputBytes: Int
    /// Of what it says on stderr, the last so many are kept.
    public var errorBytes: Int

    public init(
        program: String, arguments: [String], stdin: [UInt8], environment: [(name: String, value: String)],
        outputBytes: Int, errorBytes: Int
    ) {
        self.program = program
        self.arguments = arguments
        self.stdin = stdin
        self.environment = environment
        self.outputBytes = outputBytes
        self.errorBytes = errorBytes
    }
}

/// How a program ended, and what it said.
public struct ProgramReply: Sendable {
    public enum End: Sendable, Equatable {
        case exited(Int)
        case signalled(Int)
    }

    public var end: End
    public var stdout: [UInt8]
    public var stderr: [UInt8]

    public init(end: End, stdout: [UInt8], stderr: [UInt8]) {
        self.end = end
        self.stdout = stdout
        self.stderr = stderr
    }
}

/// Why there is no reply.
public enum ProgramCallError: Error, Sendable, Equatable {
    /// It cannot be started, now or ever: not there, not executable, too many arguments.
    case refused(String)
    /// This machine has no room for it now.
    case exhausted(String)
    /// Too much on its output.
    case tooLarge
    case cancelled
}

/// Runs programs. Ends them, and all they started in their group, when the Swift task it is called in is cancelled;
/// leaves nothing of the group running, however it ends.
public protocol ProgramRunner: Sendable {
    func run(_ call: ProgramCall) async throws(ProgramCallError) -> ProgramReply
}
