internal import Postgres
internal import Workflow

/// The letters of a selection with what stands against redriving each of them: null where nothing does.
enum Candidates {
    /// Its handler called it cancelled, nobody else did: the run failed of it, and can live again.
    private static let isOwnCancel = "coalesce(t.status = 'cancelled' AND t.error_class = 'cancelled', false)"

    static func sql(_ selection: LetterSelection, _ conditions: inout SQLConditions) -> String {
        let sql = conditions.sql
        let limit = conditions.place(.int8, selection.limit.map { .int8($0) } ?? .null)
        let poison = conditions.place(.bool, .bool(selection.mayTakePoison))
        return """
            SELECT d.id, d.message_id, d.run_id, d.task_id, d.attempts, d.failed_at,
                   CASE WHEN d.kind <> 'task' THEN 'not a task: nothing can be redriven'
                        WHEN d.reason = 'poison' AND NOT \(poison) THEN 'poison: only when asked for by name'
                        WHEN i.campaign_id IS NOT NULL THEN 'in campaign ' || i.campaign_id || ' already'
                        WHEN r.run_id IS NULL THEN 'its run is gone'
                        WHEN r.status <> 'failed' THEN 'its run is ' || r.status
                        WHEN r.live_key IS NOT NULL OR l.run_id IS NOT NULL THEN 'its run is being retried'
                        WHEN t.status IS DISTINCT FROM 'failed' AND NOT \(isOwnCancel)
                            THEN 'its task is ' || coalesce(t.status, 'unknown')
                        WHEN t.attempts <> d.attempts THEN 'its task has failed again since'
                   END AS obstacle
            FROM (SELECT * FROM dead_letters d WHERE \(sql) ORDER BY d.id LIMIT \(limit)) d
            LEFT JOIN campaign_items i ON i.message_id = d.message_id AND i.status IN ('waiting', 'sent')
            LEFT JOIN flow_run_history r ON r.run_id = d.run_id
            LEFT JOIN flow_run_history l ON l.live_key = d.run_id
            LEFT JOIN task_execution_history t ON t.run_id = d.run_id AND t.task_id = d.task_id
            """
    }
}

/// The statements of `PostgresCampaignKeeper` that are always the same.
enum KeeperSQL {
    private static let columns = """
        campaign_id, status, selection, canary, rate, concurrency, stop_ratio, stop_after, \(CampaignSQL.tallyColumns),
        actor, reason, sentence, changes, \(rfc3339("created_at")), \(rfc3339("updated_at")), \(rfc3339("ended_at"))
        """
    private static let itemColumns = """
        item, message_id, run_id, task_id, attempt, request_id, status, detail, \(rfc3339("sent_at")),
        \(rfc3339("ended_at"))
        """

    static let one = PostgresStatement(
        "keeper_one", [.text], sql: "SELECT \(columns) FROM campaigns WHERE campaign_id = $1")
    static let all = PostgresStatement("keeper_all", [.text, .int8], sql: list("true"))
    static let live = PostgresStatement("keeper_live", [.text, .int8], sql: list("ended_at IS NULL"))

    private static func list(_ condition: String) -> String {
        """
        SELECT \(columns) FROM campaigns
        WHERE \(condition) AND ($1 IS NULL OR (created_at, campaign_id) <
              (SELECT created_at, campaign_id FROM campaigns WHERE campaign_id = $1))
        ORDER BY created_at DESC, campaign_id DESC LIMIT $2
        """
    }

    static let items = PostgresStatement(
        "keeper_items", [.text, .int8, .int8, .text],
        sql: """
            SELECT \(itemColumns) FROM campaign_items
            WHERE campaign_id = $1 AND item > $2 AND $4 IS NULL ORDER BY item LIMIT $3
            """)
    static let itemsByStatus = PostgresStatement(
        "keeper_items_by_status", [.text, .int8, .int8, .text],
        sql: """
            SELECT \(itemColumns) FROM campaign_items
            WHERE campaign_id = $1 AND status = $4 AND item > $2 ORDER BY item LIMIT $3
            """)

    /// Resumed after it stopped: what failed so far is judged no more. Cancelled: what waits is dropped, and over at
    /// once if nothing is under way.
    static let apply = PostgresStatement(
        "keeper_apply", [.text, .int4, .text, .text, .text, .text, .text],
        sql: """
            WITH changed AS (
                UPDATE campaigns
                SET status = $3, changes = changes + 1, updated_at = clock_timestamp(),
                    sentence = $4 || coalesce(' by ' || $6, '') || coalesce(': ' || $7, ''),
                    past_succeeded = CASE WHEN $4 = 'resume' AND status = 'stopped'
                                     THEN succeeded ELSE past_succeeded END,
                    past_failed = CASE WHEN $4 = 'resume' AND status = 'stopped' THEN failed ELSE past_failed END,
                    dropped = CASE WHEN $4 = 'cancel' THEN items - sent ELSE dropped END,
                    ended_at = CASE WHEN $4 = 'cancel' AND sent = succeeded + failed + refused
                                    THEN clock_timestamp() END
                WHERE campaign_id = $1 AND changes = $2 RETURNING campaign_id
            ), dropped AS (
                UPDATE campaign_items i SET status = 'dropped', ended_at = clock_timestamp() FROM changed
                WHERE i.campaign_id = changed.campaign_id AND i.status = 'waiting' AND $4 = 'cancel'
            ), noted AS (
                INSERT INTO audit_log (request_id, action, actor, reason, outcome, detail, at)
                SELECT $5, 'campaign_' || $4, $6, $7, 'done', campaign_id, clock_timestamp() FROM changed)
            SELECT count(*) FROM changed
            """)
}
