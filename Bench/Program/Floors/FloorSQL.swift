/// The statements of a turn, as the product sends them.
enum FloorSQL {
    static let session = [
        "SET plan_cache_mode = force_generic_plan", "SET enable_seqscan = off", "SET jit = off", "SET TimeZone = 'UTC'",
    ]
    static let fence: [ArrayColumn.Element] = [.int4, .text, .int8, .jsonb, .int8, .text]
    static let runs: [ArrayColumn.Element] = [
        .text, .text, .text, .text, .text, .text, .jsonb, .jsonb, .jsonb, .int4, .jsonb, .int4, .int8, .timestamptz,
        .text, .text, .jsonb, .text, .bool, .timestamptz, .timestamptz, .timestamptz, .jsonb,
    ]
    static let tasks: [ArrayColumn.Element] = [
        .text, .text, .text, .text, .int4, .jsonb, .jsonb, .text, .text, .int8, .timestamptz, .timestamptz,
        .timestamptz, .int8, .text, .timestamptz, .int4, .timestamptz, .timestamptz, .int4, .timestamptz, .text,
    ]
    static let endings: [ArrayColumn.Element] = [
        .text, .text, .jsonb, .text, .bool, .timestamptz, .timestamptz, .timestamptz, .jsonb, .text,
    ]

    static let statements: [(name: String, sql: String)] = [
        ("fence", "SELECT lane_fence(\(places(fence)))"),
        (
            "runs",
            """
            INSERT INTO flow_run_history (run_id, flow_id, tenant_id, user_id, correlation_id, session_id, input_data,
                execution_context, labels, flow_version, config_snapshot, lane, batch, created_at, root_run_id,
                status, output_data, error_message, degraded, updated_at, completed_at, next_check_at, control)
            SELECT * FROM unnest(\(places(runs)))
            """
        ),
        (
            "tasks",
            """
            INSERT INTO task_execution_history (run_id, task_id, handler, status, attempts, input_data, output_data,
                error_message, error_class, execution_time_ms, created_at, updated_at, completed_at, batch, worker_id,
                started_at, stage_order, next_retry_at, held_until, attempt_base, held_since, next)
            SELECT * FROM unnest(\(places(tasks)))
            """
        ),
        (
            "endings",
            """
            UPDATE flow_run_history r
            SET status = t.status, output_data = t.output, error_message = t.error, degraded = t.degraded,
                updated_at = t.updated, completed_at = t.completed, control = t.control, live_key = t.live_key,
                next_check_at = CASE WHEN t.completed IS NULL THEN t.check_at ELSE r.next_check_at END
            FROM unnest(\(places(endings)))
                AS t(run_id, status, output, error, degraded, updated, completed, check_at, control, live_key)
            WHERE r.run_id = t.run_id
            """
        ),
    ]

    /// `$1::text[], $2::jsonb[]`.
    private static func places(_ elements: [ArrayColumn.Element]) -> String {
        elements.enumerated().map { "$\($0.offset + 1)::\($0.element)[]" }.joined(separator: ", ")
    }
}
