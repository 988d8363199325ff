internal import Postgres
public import Workflow

/// Runs, requests and outcomes in one round trip for all who ask at the same time.
public final class PostgresRunLooks: RunLooking {
    private let access: PostgresAccess
    private let ids = PostgresArrayBuilder(.text)
    private let awaited = PostgresArrayBuilder(.text)
    private let requests = PostgresArrayBuilder(.text)
    private let requestRuns = PostgresArrayBuilder(.text)

    public init(_ access: PostgresAccess) { self.access = access }

    public func look(
        runs: [String], ends: [String], outcomes: [OutcomeName]
    ) throws(AccessFailure) -> LookAnswer {
        var answer = LookAnswer()
        for array in [ids, awaited, requests, requestRuns] { array.clear() }
        for id in runs { ids.append(id) }
        for id in ends { awaited.append(id) }
        for name in outcomes {
            requests.append(name.requestID)
            requestRuns.append(name.runID)
        }
        var questions: [PostgresAccess.Question] = [(Self.runs, [.array(ids)]), (Self.ends, [.array(awaited)])]
        if !outcomes.isEmpty { questions.append((Self.outcomes, [.array(requests), .array(requestRuns)])) }
        let results = try access.together(questions)
        for row in results[0] {
            let run = PostgresRunReader.wholeRun(row)
            answer.runs[run.runID] = .recorded(run)
        }
        for row in results[1] { answer.ended.insert(row.string(0) ?? "") }
        if results.count > 2 {
            for row in results[2] {
                let name = OutcomeName(requestID: row.string(0) ?? "", runID: row.string(1) ?? "")
                answer.outcomes[name] = CommandOutcome(
                    isDone: row.string(2) == "done", code: row.string(5), detail: row.string(3), action: row.string(4),
                    isInLine: row.string(2) == "queued")
            }
        }
        let unknown = runs.filter { answer.runs[$0] == nil }
        if !unknown.isEmpty { try addRequested(unknown, to: &answer) }
        return answer
    }

    /// Read after the runs: what a lane takes in between was requested a moment ago.
    private func addRequested(_ unknown: [String], to answer: inout LookAnswer) throws(AccessFailure) {
        ids.clear()
        for id in unknown { ids.append(id) }
        for row in try access.query(Self.requested, [.array(ids)]) {
            let id = row.string(0) ?? ""
            answer.runs[id] = .requested(
                RequestedRun(
                    runID: id, flowID: row.string(1) ?? "", tenantID: row.string(2) ?? "", at: row.string(3) ?? ""))
        }
    }

    private static let runs = PostgresStatement(
        "looks_runs", [.array(.text)],
        sql: "SELECT \(PostgresRunReader.wholeColumns) FROM flow_run_history r WHERE run_id = ANY ($1)")

    /// Whoever waits asks again and again: nothing of the row's payloads.
    private static let ends = PostgresStatement(
        "looks_ends", [.array(.text)],
        sql: "SELECT run_id FROM flow_run_history WHERE run_id = ANY ($1) AND completed_at IS NOT NULL")

    /// A stage retry that stands in line is decided by that: its turn may come in days.
    private static let outcomes = PostgresStatement(
        "looks_outcomes", [.array(.text), .array(.text)],
        sql: """
            SELECT request_id, run_id, 'queued', waits_for, 'flow_run_requested', NULL
            FROM unnest($1, $2) AS t (request_id, run_id) JOIN pending_commands c USING (run_id, request_id)
            WHERE c.waits_for IS NOT NULL
            UNION ALL
            SELECT request_id, coalesce(run_id, ''), outcome, detail, action, code FROM audit_log
            WHERE request_id = ANY ($1) AND action <> 'run_start'
            """)

    /// A stage retry that its lane has refused makes no run, and what the topic keeps no longer (14 days) nobody takes:
    /// a run that was asked for before has been made, and its rows were deleted.
    static let mayBeTaken = """
        a.at > now() - interval '14 days' AND NOT EXISTS (SELECT FROM audit_log r
                    WHERE r.run_id = a.run_id AND r.action = 'flow_run_requested' AND r.outcome = 'refused')
        """

    private static let requested = PostgresStatement(
        "looks_requested", [.array(.text)],
        sql: """
            SELECT DISTINCT ON (run_id) run_id, detail, coalesce(tenant_id, 'default'), \(rfc3339("at"))
            FROM audit_log a WHERE run_id = ANY ($1) AND action = 'run_start' AND outcome = 'done' AND \(mayBeTaken)
            ORDER BY run_id, id
            """)
}
