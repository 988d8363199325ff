// Column names as in the tables, so that a row reads like the contract.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

/// A row of `flow_run_history`, as far as tests look.
package struct RunRow: Codable, Sendable, Equatable {
    package var run_id: String
    package var flow_id: String
    package var status: String
    package var tenant_id: String
    package var correlation_id: String
    package var input_data: JSONTree?
    package var output_data: JSONTree?
    package var error_message: String?
    package var created_at: String
    package var completed_at: String?
    package var lane: Int
    package var degraded: Bool

    package var hasEnded: Bool { ["completed", "failed", "cancelled"].contains(status) }
}

/// A row of `task_execution_history`.
package struct TaskRow: Codable, Sendable, Equatable {
    package var run_id: String
    package var task_id: String
    package var handler: String
    package var status: String
    package var attempts: Int
    package var output_data: JSONTree?
    package var error_message: String?
    package var error_class: String?
    package var worker_id: String?
}

/// A row of `task_attempts`.
package struct AttemptRow: Codable, Sendable, Equatable {
    package var run_id: String
    package var task_id: String
    package var attempt: Int
    package var status: String
    package var error_class: String?
}
