import Postgres
import Workflow

/// The statements of a turn that makes stage retries.
enum StageSQL {
    static let lock = PostgresStatement(
        "stage_lock", [.array(.text), .array(.text), .array(.timestamptz), .array(.int4)],
        sql: "SELECT stage_retry_lock($1, $2, $3, $4)")
    static let enter = PostgresStatement(
        "stage_enter", [.text, .text, .text, .text, .int4, .text],
        sql: """
            UPDATE flow_run_history
            SET parent_run_id = $2, root_run_id = $3, retry_from_stage = $4, retry_depth = $5, live_key = $6,
                run_number = 1 + coalesce((
                    SELECT max(t.run_number) FROM flow_run_history t
                    WHERE t.root_run_id = $3 AND t.parent_run_id IS NOT NULL), 1)
            WHERE run_id = $1
            """)
    /// Outputs stay where they are: 10,000 tasks cost the database one statement, and the lane nothing.
    static let copy = PostgresStatement(
        "stage_copy",
        [
            .text, .text, .int8, .timestamptz, .array(.text), .array(.text), .array(.int4), .array(.jsonb),
        ],
        sql: """
            INSERT INTO task_execution_history (run_id, task_id, handler, status, attempts, input_data, output_data,
                error_message, error_class, execution_time_ms, created_at, updated_at, completed_at, batch, worker_id,
                started_at, stage_order, attempt_base, reused_from)
            SELECT $1, t.task_id, coalesce(p.handler, t.handler),
                   CASE WHEN t.override IS NULL THEN p.status ELSE 'succeeded' END, coalesce(p.attempts, 0),
                   p.input_data, CASE WHEN t.override IS NULL THEN p.output_data ELSE t.override END,
                   CASE WHEN t.override IS NULL THEN p.error_message END,
                   CASE WHEN t.override IS NULL THEN p.error_class END,
                   p.execution_time_ms, coalesce(p.created_at, $4), $4, coalesce(p.completed_at, $4), $3, p.worker_id,
                   p.started_at, t.stage_order, coalesce(p.attempt_base, 0), coalesce(p.reused_from, $2)
            FROM unnest($5, $6, $7, $8) AS t(task_id, handler, stage_order, override)
            LEFT JOIN task_execution_history p ON p.run_id = $2 AND p.task_id = t.task_id
            """)
}

extension PostgresLaneStore {
    /// First of all facts, while this turn holds nothing a revival of the parent could wait for.
    func lockParents(_ decision: borrowing Decision, _ connection: PostgresConnection) {
        guard !decision.copies.isEmpty else { return }
        let types: [PostgresType] = [.text, .text, .timestamptz, .int4]
        let c = types.map { PostgresArrayBuilder($0) }
        for copy in decision.copies {
            c[0].append(copy.rootRunID.bytes)
            c[1].append(copy.parentRunID.bytes)
            c[2].append(unixMicroseconds: copy.parentUpdatedAt)
            c[3].append(Int(copy.parentEndings))
        }
        connection.add(StageSQL.lock, c.map { .array($0) })
    }

    /// One by one, so that two of one tree get two numbers.
    func addStageRetries(_ decision: borrowing Decision, _ connection: PostgresConnection) {
        guard !decision.copies.isEmpty else { return }
        for run in decision.newRuns {
            guard let lineage = run.lineage else { continue }
            connection.add(
                StageSQL.enter,
                [
                    .text(run.runID.bytes), .text(lineage.parentRunID.bytes), .text(lineage.rootRunID.bytes),
                    .text(lineage.fromStage.bytes), .int4(lineage.depth),
                    run.state.liveKey.map { .text($0.bytes) } ?? .null,
                ])
        }
        for copy in decision.copies { add(copy, connection) }
    }

    private func add(_ copy: StageCopy, _ connection: PostgresConnection) {
        let types: [PostgresType] = [.text, .text, .int4, .jsonb]
        let c = types.map { PostgresArrayBuilder($0) }
        for (piece, handler) in zip(copy.pieces, copy.handlers) {
            c[0].append(piece.taskID.bytes)
            c[1].append(handler.bytes)
            c[2].append(Int(piece.stageOrder))
            c[3].append(piece.override)
        }
        connection.add(
            StageSQL.copy,
            [
                .text(copy.runID.bytes), .text(copy.parentRunID.bytes), .int8(copy.batch), .timestamptz(copy.at),
            ] + c.map { .array($0) })
    }
}
