import Glibc
import Platform

/// A child that runs: feeds it, reads it, tells it to end, and takes it away.
struct RunningChild {
    let pid: pid_t
    var pipes: ChildPipes
    let command: ChildProcess.Command
    private let clock = SystemTime()
    private var fed = 0
    private var stdout: [UInt8] = []
    private var stderr: [UInt8] = []
    private var isTooLarge = false
    private var wasTold = false
    private var killAt: Int64?

    init(pid: pid_t, pipes: ChildPipes, command: ChildProcess.Command) {
        self.pid = pid
        self.pipes = pipes
        self.command = command
    }

    mutating func follow(_ cancel: CancelFlag) -> ChildProcess.Outcome {
        while !hasEnded {
            if cancel.isCancelled, !wasTold {
                wasTold = true
                tell()
            }
            if let killAt, clock.monotonic >= killAt { kill(-pid, SIGKILL) }
            exchange(waiting: isOpen ? 20 : 2)
        }
        // Its number is ours until it is taken away, so this cannot hit anybody else.
        kill(-pid, SIGKILL)
        for _ in 0..<64 where isOpen && !isTooLarge { exchange(waiting: 0) }
        return ChildProcess.Outcome(
            end: takeAway(), stdout: stdout, stderr: stderr.suffix(command.errorBytes), isTooLarge: isTooLarge,
            wasTold: wasTold)
    }

    private var isOpen: Bool { pipes.stdout.ours >= 0 || pipes.stderr.ours >= 0 }

    /// Asks the group to end; it has to before its time is up.
    private mutating func tell() {
        kill(-pid, SIGTERM)
        if killAt == nil { killAt = clock.monotonic + command.patience.nanoseconds }
    }

    /// Whether it has ended, and stays for `takeAway`.
    private var hasEnded: Bool {
        var info = unsafe siginfo_t()
        let code = unsafe waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT | WNOHANG)
        return code == 0 ? unsafe info.si_signo == SIGCHLD : errno == ECHILD
    }

    private func takeAway() -> ChildProcess.End {
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) == -1, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
    }

    /// Moves bytes for as long as there are any, waiting at most so many milliseconds for the first.
    private mutating func exchange(waiting milliseconds: Int32) {
        if pipes.stdin.ours >= 0, fed == command.stdin.count { pipes.closeStdin() }
        var watched = [
            pollfd(fd: pipes.stdin.ours, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: pipes.stdout.ours, events: Int16(POLLIN), revents: 0),
            pollfd(fd: pipes.stderr.ours, events: Int16(POLLIN), revents: 0),
        ]
        guard unsafe poll(&watched, 3, milliseconds) > 0 else { return }
        if watched[0].revents != 0 { feed() }
        if watched[1].revents != 0 { readOutput() }
        if watched[2].revents != 0 { readErrors() }
    }

    private mutating func feed() {
        let count = unsafe command.stdin.withUnsafeBytes { bytes in
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[fed...])
            return unsafe write(pipes.stdin.ours, rest.baseAddress, min(rest.count, 64 << 10))
        }
        // One that does not listen any more is left alone.
        if count > 0 { fed += count } else if errno != EAGAIN, errno != EINTR { pipes.closeStdin() }
    }

    private mutating func readOutput() {
        switch Self.read(pipes.stdout.ours) {
        case nil: pipes.closeStdout()
        case .some(let bytes):
            if let listener = command.output { return listener(bytes) }
            guard !isTooLarge else { return }
            stdout += bytes
            guard stdout.count > command.outputBytes else { return }
            isTooLarge = true
            tell()
        }
    }

    private mutating func readErrors() {
        switch Self.read(pipes.stderr.ours) {
        case nil: pipes.closeStderr()
        case .some(let bytes):
            if let listener = command.errors { return listener(bytes) }
            stderr += bytes
            if stderr.count > 2 * command.errorBytes { stderr.removeFirst(stderr.count - command.errorBytes) }
        }
    }

    /// What there is; empty when nothing, nil at the end.
    private static func read(_ descriptor: Int32) -> [UInt8]? {
        var count = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, initialized in
            count = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            initialized = max(0, count)
        }
        if count > 0 { return bytes }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? [] : nil
    }
}
