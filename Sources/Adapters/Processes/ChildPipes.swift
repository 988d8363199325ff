import Glibc

/// The three pipes of a child: ours never block and are never inherited. Closed by `closeTheirs` and `closeOurs`.
struct ChildPipes {
    /// Read end for the child, write end for us; and the other way round.
    private(set) var stdin: (theirs: Int32, ours: Int32)
    private(set) var stdout: (theirs: Int32, ours: Int32)
    private(set) var stderr: (theirs: Int32, ours: Int32)

    init() throws(ProcessError) {
        var open: [Int32] = []
        do throws(ProcessError) {
            for _ in 0..<3 { open += try Self.pair() }
        } catch {
            for descriptor in open { close(descriptor) }
            throw error
        }
        stdin = (open[0], open[1])
        stdout = (open[3], open[2])
        stderr = (open[5], open[4])
        for ours in [stdin.ours, stdout.ours, stderr.ours] { _ = fcntl(ours, F_SETFL, O_NONBLOCK) }
    }

    /// Both ends above the standard descriptors, so that the child's are never in the way of each other.
    private static func pair() throws(ProcessError) -> [Int32] {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw ProcessError(errno, "no pipe") }
        let moved = ends.map { end in
            defer { close(end) }
            return fcntl(end, F_DUPFD_CLOEXEC, 10)
        }
        guard !moved.contains(-1) else {
            for end in moved where end >= 0 { close(end) }
            throw ProcessError(EMFILE, "no pipe")
        }
        return moved
    }

    func closeTheirs() {
        for end in [stdin.theirs, stdout.theirs, stderr.theirs] { close(end) }
    }

    mutating func closeStdin() { Self.end(&stdin.ours) }
    mutating func closeStdout() { Self.end(&stdout.ours) }
    mutating func closeStderr() { Self.end(&stderr.ours) }

    mutating func closeOurs() {
        closeStdin()
        closeStdout()
        closeStderr()
    }

    private static func end(_ descriptor: inout Int32) {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }
}
