import JSON

@testable import Workflow

/// A run that has ended, put together row by row, and what is asked of it.
struct PlanBuilder {
    let flow: Flow
    var latest: Flow?
    var parent: RunRows
    var wish: StageRetryRequest
    var live: Identifier?
    var isDefinitionKept = true

    /// - `tasks`: the tasks of the definition, as JSON without the brackets around them.
    /// - `statuses`: of each task, as `ID status` or `ID status output`.
    init(_ tasks: String, _ statuses: [String], from stage: String, more: String = "") throws {
        flow = try Self.compile(tasks, more)
        var state = RunStateRow(status: .failed, updatedAt: 900)
        state.completedAt = 900
        state.control.endings = 1
        let run = RunRow(
            runID: "p", flowID: "f", tenantID: "t", userID: "u", correlationID: "c", sessionID: "s",
            input: Array(#"{"url":"x","n":{"a":1}}"#.utf8)[...], context: Array(#"{"env":"prod"}"#.utf8)[...],
            labels: nil, flowVersion: 1, definitionSHA256: flow.sha256Hex, delivery: nil, timeout: nil, lane: 0,
            batch: 1, createdAt: 100, state: state)
        parent = RunRows(run: run, tasks: statuses.map(Self.row))
        wish = StageRetryRequest(
            parentRunID: "p", fromStage: Identifier(stage), requestID: Array("q".utf8)[...])
    }

    static func compile(_ tasks: String, _ more: String = "") throws -> Flow {
        let text = #"{"flow_id":"f"\#(more),"tasks":[\#(tasks)]}"#
        return try Flow.compile(Array(text.utf8)[...], flowID: "f", settings: FlowSettings()).get()
    }

    private static func row(_ text: String) -> StoredTask {
        let parts = text.split(separator: " ", maxSplits: 2).map(String.init)
        let status = TaskStatus(rawValue: parts[1]) ?? .pending
        let output = parts.count > 2 ? Array(parts[2].utf8)[...] : nil
        return StoredTask(
            taskID: Identifier(parts[0]), status: status, attempts: status == .skipped ? 0 : 1, attemptBase: 0,
            batch: 4, output: output, error: status == .failed ? Array("no".utf8)[...] : nil,
            errorClass: status == .failed ? .permanent : nil, createdAt: 200, completedAt: 300, nextRetryAt: nil,
            heldUntil: nil)
    }

    func make() -> Result<StageRetryPlan, StageRefusal> {
        StageRetryPlan.make(
            StageRetrySources(
                parent: parent, pinned: isDefinitionKept ? flow : nil, latest: latest, live: live, depthLimit: 10),
            wish)
    }

    /// The plan, or its refusal, in one line: `reuse a b; run c d; blocked e: …; missing …`, or `code: sentence`.
    var line: String {
        switch make() {
        case .failure(let refusal): return "\(refusal.code.rawValue): \(refusal.auditDetail)"
        case .success(let plan):
            var parts = ["reuse " + plan.reused.map { "\($0.taskID)" }.joined(separator: " ")]
            parts.append("run " + plan.again.map(\.description).joined(separator: " "))
            parts += plan.blocked.map { "blocked \($0.taskID): \($0.why)" }
            parts += plan.missing.map { "missing " + $0 }
            return parts.joined(separator: "; ")
        }
    }

    func changed(_ change: (inout PlanBuilder) -> Void) -> PlanBuilder {
        var copy = self
        change(&copy)
        return copy
    }
}

/// A task as it stands in a definition.
func stageTask(_ id: String, after: [String] = [], _ more: String = "") -> String {
    let above = after.map { "\"\($0)\"" }.joined(separator: ",")
    return #"{"task_id":"\#(id)","handler":"echo","depends_on":[\#(above)]\#(more)}"#
}
