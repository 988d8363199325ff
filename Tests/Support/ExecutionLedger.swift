import Foundation

/// The file executors write a line to for each attempt they start (`EXECUTOR_TEST_LEDGER`): `run task attempt`.
package final class ExecutionLedger {
    package let path = NSTemporaryDirectory() + "executions-\(UUID().uuidString)"

    package init() {}

    deinit { try? FileManager.default.removeItem(atPath: path) }

    package var lines: [String] {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    package var count: Int { lines.count }

    /// How often a task was started, in all its attempts.
    package func starts(of runID: String, _ taskID: String) -> Int {
        lines.count { $0.hasPrefix("\(runID) \(taskID) ") }
    }
}
