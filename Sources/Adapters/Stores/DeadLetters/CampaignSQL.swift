internal import Postgres

/// The statements of `PostgresCampaignStore`. Each write begins with the campaign's row, so that nobody who lost the
/// lead writes, and the counts in that row move with the items.
enum CampaignSQL {
    static let tallyColumns =
        "items - sent - dropped, sent - succeeded - failed - refused, succeeded, failed, refused, dropped, "
        + "past_succeeded, past_failed"
    private static let itemColumns = "i.item, i.message_id, i.run_id, i.task_id, i.attempt, i.request_id"
    private static let isLed = "campaign_id = $1 AND leader = $2 AND led_until > clock_timestamp()"

    /// Renewed when half of it has passed, so that a look is not always a write.
    static let lead = PostgresStatement(
        "campaigns_lead", [.text, .int8],
        sql: """
            UPDATE campaigns SET leader = $1, led_until = clock_timestamp() + $2 * interval '1 microsecond'
            WHERE campaign_id IN (
                SELECT campaign_id FROM campaigns
                WHERE ended_at IS NULL
                  AND CASE WHEN leader = $1 THEN led_until < clock_timestamp() + $2 / 2 * interval '1 microsecond'
                           ELSE led_until IS NULL OR led_until < clock_timestamp() END
                ORDER BY created_at LIMIT 20 FOR UPDATE SKIP LOCKED)
            """)

    static let led = PostgresStatement(
        "campaigns_led", [.text],
        sql: """
            SELECT campaign_id, status, canary, rate, concurrency, stop_ratio, stop_after, actor, changes
            FROM campaigns WHERE ended_at IS NULL AND leader = $1 AND led_until > clock_timestamp() ORDER BY created_at
            """)

    static let underWay = PostgresStatement(
        "campaigns_under_way", [.text],
        sql: """
            SELECT \(itemColumns),
                   (extract(epoch FROM clock_timestamp() - i.sent_at) * 1000000)::int8, a.outcome, a.detail,
                   t.status, t.attempts, t.error_message, r.status, a.code
            FROM campaign_items i
            LEFT JOIN audit_log a ON a.request_id = i.request_id AND a.run_id = i.run_id
            LEFT JOIN task_execution_history t ON t.run_id = i.run_id AND t.task_id = i.task_id
            LEFT JOIN flow_run_history r ON r.run_id = i.run_id
            WHERE i.campaign_id = $1 AND i.status = 'sent' ORDER BY i.item
            """)

    /// As `ItemVerdict.nextRequestID` makes it.
    private static let nextRequest = """
        regexp_replace(i.request_id, '\\+[0-9]+$', '') || '+'
            || coalesce(substring(i.request_id FROM '\\+([0-9]+)$')::int, 0) + 1
        """

    static let note = PostgresStatement(
        "campaigns_note", [.text, .text, .array(.int4), .array(.text), .array(.text)],
        sql: """
            WITH led AS (SELECT campaign_id, status AS now FROM campaigns WHERE \(isLed) FOR UPDATE
            ), noted AS (
                UPDATE campaign_items i
                SET status = CASE WHEN g.status = 'waiting' AND led.now = 'cancelled' THEN 'dropped' ELSE g.status END,
                    detail = g.detail,
                    ended_at = CASE WHEN g.status <> 'waiting' OR led.now = 'cancelled' THEN clock_timestamp() END,
                    request_id = CASE WHEN g.status = 'waiting' THEN \(nextRequest) ELSE i.request_id END
                FROM led, unnest($3, $4, $5) AS g (item, status, detail)
                WHERE i.campaign_id = led.campaign_id AND i.item = g.item AND i.status = 'sent'
                RETURNING i.status)
            UPDATE campaigns c
            SET succeeded = c.succeeded + n.succeeded, failed = c.failed + n.failed, refused = c.refused + n.refused,
                sent = c.sent - n.back, dropped = c.dropped + n.dropped, updated_at = clock_timestamp()
            FROM (SELECT count(*) FILTER (WHERE status = 'succeeded') AS succeeded,
                         count(*) FILTER (WHERE status IN ('waiting', 'dropped')) AS back,
                         count(*) FILTER (WHERE status = 'dropped') AS dropped,
                         count(*) FILTER (WHERE status = 'failed') AS failed,
                         count(*) FILTER (WHERE status = 'refused') AS refused, count(*) AS all_of_them
                  FROM noted) n
            WHERE c.campaign_id = $1 AND n.all_of_them > 0
            """)

    static let sentAgain = PostgresStatement(
        "campaigns_sent_again", [.text, .text, .array(.int4)],
        sql: """
            WITH led AS (SELECT campaign_id FROM campaigns WHERE \(isLed) FOR UPDATE)
            UPDATE campaign_items i SET sent_at = clock_timestamp() FROM led
            WHERE i.campaign_id = led.campaign_id AND i.item = ANY ($3) AND i.status = 'sent'
            """)

    static let take = PostgresStatement(
        "campaigns_take", [.text, .text, .int8],
        sql: """
            WITH led AS (
                SELECT campaign_id FROM campaigns WHERE \(isLed) AND status IN ('canary', 'running') FOR UPDATE
            ), next AS (
                SELECT i.request_id FROM campaign_items i JOIN led USING (campaign_id)
                WHERE i.status = 'waiting' AND NOT EXISTS (
                    SELECT FROM flow_run_history r
                    WHERE r.run_id = i.run_id AND r.status IN ('running', 'paused') OR r.live_key = i.run_id)
                ORDER BY i.item LIMIT $3
            ), taken AS (
                UPDATE campaign_items i SET status = 'sent', sent_at = clock_timestamp() FROM led
                WHERE i.campaign_id = led.campaign_id AND i.status = 'waiting'
                  AND i.request_id IN (SELECT request_id FROM next)
                RETURNING \(itemColumns)
            ), counted AS (
                UPDATE campaigns SET sent = sent + (SELECT count(*) FROM taken), updated_at = clock_timestamp()
                WHERE campaign_id = $1 AND EXISTS (SELECT FROM taken))
            SELECT * FROM taken
            """)

    static let change = PostgresStatement(
        "campaigns_change", [.text, .text, .int4, .text, .text],
        sql: """
            WITH changed AS (
                UPDATE campaigns
                SET status = $4, sentence = $5, changes = changes + 1, updated_at = clock_timestamp(),
                    ended_at = CASE WHEN $4 = 'completed' THEN clock_timestamp() END
                WHERE \(isLed) AND changes = $3 RETURNING campaign_id, changes)
            INSERT INTO audit_log (request_id, action, actor, outcome, detail, at)
            SELECT 'campaign/' || campaign_id || '/change/' || changes, 'campaign_' || $4, 'flowfleet-drainer', 'done',
                   campaign_id || ': ' || $5, clock_timestamp()
            FROM changed
            """)

    static let end = PostgresStatement(
        "campaigns_end", [.text, .text],
        sql: """
            UPDATE campaigns SET ended_at = clock_timestamp(), updated_at = clock_timestamp()
            WHERE \(isLed) AND status = 'cancelled' AND sent = succeeded + failed + refused
            """)

    static let tally = PostgresStatement(
        "campaigns_tally", [.text], sql: "SELECT \(tallyColumns) FROM campaigns WHERE campaign_id = $1")
}
