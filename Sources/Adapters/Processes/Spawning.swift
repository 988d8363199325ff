import CSpawn
import Glibc

/// The start itself: one call of `posix_spawn`, with everything it has to be told.
enum Spawning {
    static func start(_ command: ChildProcess.Command, _ pipes: ChildPipes) throws(ProcessError) -> pid_t {
        let texts = [command.program] + command.arguments + command.environment
        guard !texts.contains(where: { $0.utf8.contains(0) }) else { throw ProcessError(EINVAL, command.program) }
        var pid: pid_t = 0
        let code = unsafe withWords([command.program] + command.arguments) { arguments in
            unsafe withWords(command.environment) { environment in
                unsafe withActions(pipes) { actions in
                    unsafe withAttributes { attributes in
                        unsafe posix_spawn(&pid, command.program, actions, attributes, arguments, environment)
                    }
                }
            }
        }
        guard code == 0 else { throw ProcessError(code, command.program) }
        return pid
    }

    private typealias Words = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

    private static func withWords<Result>(_ words: [String], _ body: (Words) -> Result) -> Result {
        var pointers = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
        return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("an array with its end cannot be empty") }
            return unsafe body(base)
        }
    }

    private static func withActions<Result>(
        _ pipes: ChildPipes, _ body: (UnsafePointer<posix_spawn_file_actions_t>) -> Result
    ) -> Result {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, pipes.stdin.theirs, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, pipes.stdout.theirs, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, pipes.stderr.theirs, 2)
        unsafe posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        unsafe posix_spawn_file_actions_addchdir_np(&actions, "/")
        return unsafe body(&actions)
    }

    /// A session of its own, no signal blocked, none ignored.
    private static func withAttributes<Result>(_ body: (UnsafePointer<posix_spawnattr_t>) -> Result) -> Result {
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var all = sigset_t()
        var none = sigset_t()
        unsafe sigfillset(&all)
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        let flags = Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(FLOWFLEET_SPAWN_SETSID)
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        return unsafe body(&attributes)
    }
}
