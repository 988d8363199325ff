import Glibc
import Platform
import Processes
import Testing

/// Real processes, as an executor's `exec` handler has them.
@Suite struct ChildProcessTests {
    private func shell(_ script: String, patience: Duration = .milliseconds(300)) -> ChildProcess.Command {
        ChildProcess.Command("/bin/sh", ["-c", script], environment: ["PATH=/usr/bin:/bin"], patience: patience)
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    /// Whether the process is gone, or becomes so within ten seconds.
    private func isGone(_ pid: Int32) -> Bool {
        let end = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < end {
            if kill(pid, 0) == -1, errno == ESRCH { return true }
            if isZombie(pid) { return true }
            sched_yield()
        }
        return false
    }

    private func isZombie(_ pid: Int32) -> Bool {
        let file = open("/proc/\(pid)/stat", O_RDONLY)
        guard file >= 0 else { return true }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = read(file, &bytes, 512)
        return text(Array(bytes.prefix(max(0, count)))).contains(") Z ")
    }

    /// Cancels once the child has been started and had time to start others.
    private func cancelled(_ command: ChildProcess.Command, after milliseconds: Int32) throws -> ChildProcess.Outcome {
        let flag = CancelFlag()
        _ = NamedThread("cancel", stackBytes: 1 << 20) {
            _ = poll(nil, 0, milliseconds)
            flag.cancel()
        }
        return try ChildProcess.run(command, cancel: flag)
    }

    @Test func `a program is fed, read and awaited`() throws {
        var command = ChildProcess.Command("/bin/cat")
        command.stdin = [UInt8](repeating: 7, count: 500_000)
        let outcome = try ChildProcess.run(command)
        #expect(outcome.end == .exited(0))
        #expect(outcome.stdout == command.stdin)
        #expect(!outcome.isTooLarge && !outcome.wasTold)
    }

    @Test func `a program that does not read its input ends as it likes`() throws {
        var command = shell("exit 4")
        command.stdin = [UInt8](repeating: 7, count: 500_000)
        let outcome = try ChildProcess.run(command)
        #expect(outcome.end == .exited(4))
    }

    @Test func `it has a group of its own, no descriptor of ours and no blocked signal`() throws {
        // The last word is exec: while a shell starts a program, it has all signals blocked itself for a moment.
        let questions = "cut -d' ' -f5,6 /proc/$$/stat; echo $$; ls -l /proc/$$/fd | wc -l"
        let outcome = try ChildProcess.run(shell("\(questions); exec grep SigBlk /proc/self/status"))
        let lines = text(outcome.stdout).split(separator: "\n").map(String.init)
        #expect(lines.count == 4)
        #expect(lines.first == "\(lines[1]) \(lines[1])")
        #expect(lines[2] == "4")
        #expect(lines[3].hasSuffix("0000000000000000"))
    }

    @Test func `told to end, it may clean up`() throws {
        let outcome = try cancelled(
            shell("trap 'echo bye; exit 9' TERM; echo on; while :; do sleep 0.05; done"), after: 500)
        #expect(outcome.wasTold)
        #expect(outcome.end == .exited(9))
        #expect(text(outcome.stdout) == "on\nbye\n")
    }

    @Test func `one that does not listen is killed, with all of its group`() throws {
        let script = "trap '' TERM; sleep 300 & echo $!; (trap '' TERM; sleep 301) & echo $!; while :; do sleep 1; done"
        let outcome = try cancelled(shell(script), after: 500)
        #expect(outcome.end == .signalled(SIGKILL))
        let children = text(outcome.stdout).split(separator: "\n").compactMap { Int32($0) }
        #expect(children.count == 2)
        #expect(children.filter { !isGone($0) } == [])
    }

    @Test func `a program that ends leaves nothing behind in its group`() throws {
        let began = ContinuousClock.now
        let outcome = try ChildProcess.run(shell("sleep 300 & echo $!; exit 0"))
        #expect(outcome.end == .exited(0))
        #expect(ContinuousClock.now - began < .seconds(10))
        let child = try #require(Int32(text(outcome.stdout).dropLast()))
        #expect(isGone(child))
    }

    @Test func `a program that multiplies is ended with all it made`() throws {
        // Ten levels at most and each sleeps: enough to be many, too few to hurt.
        let script = """
            multiply() { [ $1 -gt 6 ] && exec sleep 300; ( multiply $(($1 + 1)) ) & multiply $(($1 + 1)); }
            echo $$; multiply 0
            """
        let outcome = try cancelled(shell(script), after: 1_500)
        let group = try #require(Int32(text(outcome.stdout).dropLast()))
        let end = ContinuousClock.now + .seconds(10)
        while kill(-group, 0) == 0, ContinuousClock.now < end { sched_yield() }
        #expect(kill(-group, 0) == -1)
    }

    @Test func `too much output ends it`() throws {
        var command = shell("cat /dev/zero")
        command.outputBytes = 100_000
        let outcome = try ChildProcess.run(command)
        #expect(outcome.isTooLarge)
        #expect(!outcome.wasTold)
        #expect(outcome.stdout.count < 200_000)
    }

    @Test func `of what it says on stderr the end is kept`() throws {
        var command = shell("head -c 1000000 /dev/zero | tr '\\0' x >&2; printf end >&2")
        command.errorBytes = 1_000
        let outcome = try ChildProcess.run(command)
        #expect(outcome.stderr.count == 1_000)
        #expect(text(outcome.stderr).hasSuffix("xend"))
    }

    @Test func `what cannot be started says why`() {
        #expect {
            try ChildProcess.run(ChildProcess.Command("/nowhere/program"))
        } throws: { error in
            "\(error)" == "/nowhere/program: No such file or directory"
        }
    }

    @Test func `no descriptor is left open`() throws {
        func descriptors() throws -> Int {
            let outcome = try ChildProcess.run(ChildProcess.Command("/bin/ls", ["/proc/\(getpid())/fd"]))
            return text(outcome.stdout).split(separator: "\n").count
        }
        let before = try descriptors()
        for _ in 0..<50 { _ = try? ChildProcess.run(ChildProcess.Command("/nowhere/program")) }
        for _ in 0..<50 { _ = try ChildProcess.run(ChildProcess.Command("/bin/true")) }
        let after = try descriptors()
        // Other tests run beside this one.
        #expect(after < before + 50)
    }
}
