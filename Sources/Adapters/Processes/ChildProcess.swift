import CSpawn
import Glibc
public import Platform

/// A program started for one purpose, in a session and group of its own, fed and read until it ends.
///
/// - It gets three descriptors, the environment it is given, default signals, and `/` as its folder; nothing else.
/// - Told to end, its group gets SIGTERM, and SIGKILL after `patience`. However it ends, SIGKILL to its group before it
///   is taken away makes sure that nothing of it is left. A program that leaves its group on purpose escapes.
/// - One thread calls, and is the one that waits.
public struct ChildProcess: Sendable {
    public struct Command: Sendable {
        public var program: String
        public var arguments: [String]
        public var environment: [String]
        public var stdin: [UInt8]
        public var outputBytes: Int
        public var errorBytes: Int
        public var patience: Duration
        /// Given what the program says, as it comes; then nothing of it is kept, and there is no limit.
        public var output: (@Sendable ([UInt8]) -> Void)?
        public var errors: (@Sendable ([UInt8]) -> Void)?
        /// Given its number once it runs.
        public var started: (@Sendable (Int32) -> Void)?

        /// - `environment`: `NAME=value` each.
        public init(
            _ program: String, _ arguments: [String] = [], environment: [String] = [], stdin: [UInt8] = [],
            outputBytes: Int = 1 << 20, errorBytes: Int = 64 << 10, patience: Duration = .seconds(1)
        ) {
            self.program = program
            self.arguments = arguments
            self.environment = environment
            self.stdin = stdin
            self.outputBytes = outputBytes
            self.errorBytes = errorBytes
            self.patience = patience
        }
    }

    public enum End: Sendable, Equatable {
        case exited(Int32)
        case signalled(Int32)
    }

    public struct Outcome: Sendable {
        public let end: End
        public let stdout: [UInt8]
        /// Its last bytes.
        public let stderr: [UInt8]
        /// It said more on stdout than it may, and was ended for it.
        public let isTooLarge: Bool
        /// It was told to end from outside.
        public let wasTold: Bool
    }

    /// Runs the command to its end. Throws when it cannot be started.
    public static func run(_ command: Command, cancel: CancelFlag = CancelFlag()) throws(ProcessError) -> Outcome {
        signal(SIGPIPE, SIG_IGN)
        var pipes = try ChildPipes()
        defer { pipes.closeOurs() }
        let pid = try start(command, pipes)
        command.started?(pid)
        var child = RunningChild(pid: pid, pipes: pipes, command: command)
        defer { pipes = child.pipes }
        return child.follow(cancel)
    }

    private static func start(_ command: Command, _ pipes: ChildPipes) throws(ProcessError) -> pid_t {
        defer { pipes.closeTheirs() }
        return try Spawning.start(command, pipes)
    }
}

/// A program could not be started.
public struct ProcessError: Error, Sendable, CustomStringConvertible {
    /// The system's number for it.
    public let code: Int32
    public let description: String

    init(_ code: Int32, _ what: String) {
        self.code = code
        description = unsafe "\(what): \(String(cString: strerror(code)))"
    }

    /// The machine has too little of something now; another time it may go.
    public var isShortage: Bool { [EAGAIN, ENOMEM, EMFILE, ENFILE].contains(code) }
}
