import Glibc
public import JSON
public import Workflow

/// The file end-of-run checks count executions by: one line `run_id task_id attempt`, written at once, for each attempt
/// that starts. Outside the product's own accounts on purpose.
///
/// It owns its descriptor.
public final class TaskLedgerFile: TaskWitness {
    private let descriptor: Int32

    /// Nil when the file cannot be opened.
    public init?(path: String) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return nil }
    }

    deinit {
        close(descriptor)
    }

    public func started(runID: Bytes, taskID: Bytes, attempt: Int) {
        let space = UInt8(ascii: " ")
        let line = Array(runID) + [space] + Array(taskID) + [space] + Array("\(attempt)\n".utf8)
        _ = write(descriptor, line, line.count)
    }
}
