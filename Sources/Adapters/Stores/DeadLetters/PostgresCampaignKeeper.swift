internal import Postgres
public import Workflow

/// Campaigns in Postgres, as people make and steer them.
public final class PostgresCampaignKeeper: CampaignKeeping {
    private let access: PostgresAccess

    public init(_ access: PostgresAccess) { self.access = access }

    public func preview(_ selection: LetterSelection) throws(AccessFailure) -> CampaignPreview {
        var conditions = SQLConditions(selection, state: "open")
        let candidates = Candidates.sql(selection, &conditions)
        let statement = PostgresStatement(
            "campaigns_preview_" + conditions.name, conditions.types,
            sql: """
                SELECT c.obstacle, count(*), count(DISTINCT c.run_id), \(rfc3339("min(c.failed_at)"))
                FROM (\(candidates)) c GROUP BY c.obstacle ORDER BY c.obstacle NULLS FIRST
                """)
        return CampaignPreview(
            try access.query(statement, conditions.parameters).map { row in
                CampaignPreview.Share(
                    obstacle: row.string(0), letters: row.int(1) ?? 0, runs: row.int(2) ?? 0, oldest: row.string(3))
            })
    }

    /// Letters of one run stand together and share a request. A letter that another campaign takes at the same moment
    /// is left to it.
    public func create(
        _ campaignID: String, _ selection: LetterSelection, _ plan: CampaignPlan, _ wish: Wish
    ) throws(AccessFailure) -> Int {
        var conditions = SQLConditions(selection, state: "open")
        let candidates = Candidates.sql(selection, &conditions)
        let id = conditions.place(.text, .string(campaignID))
        let json = conditions.place(.jsonb, .jsonb(selection.json[...]))
        let numbers = [
            conditions.place(.int4, .int4(plan.canary)), conditions.place(.float8, .float8(plan.rate)),
            conditions.place(.int4, .int4(plan.concurrency)), conditions.place(.float8, .float8(plan.stopRatio)),
            conditions.place(.int4, .int4(plan.stopAfter)),
        ].joined(separator: ", ")
        let status = conditions.place(.text, .string(plan.beginning().rawValue))
        let wishes = zip([PostgresType.text, .text, .text], wish.parameters).map { conditions.place($0, $1) }
        let statement = PostgresStatement(
            "campaigns_create_" + conditions.name, conditions.types,
            sql: """
                WITH chosen AS (
                    SELECT c.*, min(c.id) OVER (PARTITION BY c.run_id) AS first FROM (\(candidates)) c
                    WHERE c.obstacle IS NULL
                ), numbered AS (
                    SELECT chosen.*, row_number() OVER (ORDER BY first, run_id, id) AS item FROM chosen
                ), taken AS (
                    INSERT INTO campaign_items (campaign_id, item, message_id, run_id, task_id, attempt, request_id)
                    SELECT \(id), item, message_id, run_id, task_id, attempts - 1,
                           'campaign/' || \(id) || '/' || min(item) OVER (PARTITION BY run_id)
                    FROM numbered ORDER BY item
                    ON CONFLICT (message_id) WHERE status IN ('waiting', 'sent') DO NOTHING
                    RETURNING item
                ), made AS (
                    INSERT INTO campaigns (campaign_id, selection, canary, rate, concurrency, stop_ratio, stop_after,
                                           status, actor, reason, items)
                    SELECT \(id), \(json), \(numbers), \(status), \(wishes[1]), \(wishes[2]),
                           (SELECT count(*) FROM taken)
                    RETURNING items
                ), noted AS (
                    INSERT INTO audit_log (request_id, action, actor, reason, outcome, detail, at)
                    SELECT \(wishes[0]), 'campaign_create', \(wishes[1]), \(wishes[2]), 'done',
                           \(id) || ': ' || items || ' items', clock_timestamp() FROM made)
                SELECT items FROM made
                """)
        return try access.query(statement, conditions.parameters)[0].int(0) ?? 0
    }

    public func campaign(_ campaignID: String) throws(AccessFailure) -> CampaignEntry? {
        try access.query(KeeperSQL.one, [.string(campaignID)]).first.map { CampaignEntry($0) }
    }

    public func campaigns(isLive: Bool, before: String?, limit: Int) throws(AccessFailure) -> [CampaignEntry] {
        let place = before.map(PostgresParameter.string) ?? .null
        return try access.query(isLive ? KeeperSQL.live : KeeperSQL.all, [place, .int8(limit)])
            .map { CampaignEntry($0) }
    }

    public func items(of campaignID: String, status: String?, after: Int?, limit: Int) throws(AccessFailure)
        -> [CampaignItemEntry]
    {
        let parameters: [PostgresParameter] = [
            .string(campaignID), .int8(after ?? 0), .int8(limit), status.map(PostgresParameter.string) ?? .null,
        ]
        return try access.query(status == nil ? KeeperSQL.items : KeeperSQL.itemsByStatus, parameters).map { row in
            CampaignItemEntry(
                item: CampaignItem(
                    item: row.int(0) ?? 0, messageID: row.string(1) ?? "", runID: row.string(2) ?? "",
                    taskID: row.string(3) ?? "", attempt: row.int(4) ?? 0, requestID: row.string(5) ?? ""),
                status: row.string(6) ?? "", detail: row.string(7), sentAt: row.string(8), endedAt: row.string(9))
        }
    }

    public func apply(
        _ command: CampaignCommand, to campaign: CampaignEntry, becoming status: CampaignStatus, _ wish: Wish
    ) throws(AccessFailure) -> Bool {
        let parameters: [PostgresParameter] = [.string(campaign.campaignID), .int4(campaign.changes)]
        let words: [PostgresParameter] = [.string(status.rawValue), .string(command.rawValue)]
        return try access.query(KeeperSQL.apply, parameters + words + wish.parameters)[0].int(0) ?? 0 > 0
    }
}

extension CampaignEntry {
    init(_ row: PostgresRow) {
        self.init()
        campaignID = row.string(0) ?? ""
        status = row.string(1).flatMap(CampaignStatus.init(rawValue:)) ?? .canary
        selection = row.bytes(2)?[...] ?? []
        plan = CampaignPlan(row, from: 3)
        tally = CampaignTally(row, from: 8)
        actor = row.string(16)
        reason = row.string(17)
        sentence = row.string(18)
        changes = row.int(19) ?? 0
        createdAt = row.string(20) ?? ""
        updatedAt = row.string(21) ?? ""
        endedAt = row.string(22)
    }
}
