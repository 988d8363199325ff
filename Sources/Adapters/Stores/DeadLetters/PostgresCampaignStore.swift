public import Postgres
public import Workflow

/// Campaigns in Postgres, as the drainer that leads them reads and writes them. One connection, one thread.
public final class PostgresCampaignStore: CampaignStore {
    private let database: LetterDatabase

    public init(_ settings: PostgresSettings) { database = LetterDatabase(settings) }

    public func lead(as leader: String, for lease: Microseconds) throws(LetterStoreError) -> [LedCampaign] {
        let results = try database.together([
            (CampaignSQL.lead, [.string(leader), .int8(lease)]), (CampaignSQL.led, [.string(leader)]),
        ])
        return results[1].compactMap { row in
            guard let status = row.string(1).flatMap(CampaignStatus.init(rawValue:)) else { return nil }
            return LedCampaign(
                campaignID: row.string(0) ?? "", status: status, plan: CampaignPlan(row, from: 2),
                actor: row.string(7), changes: row.int(8) ?? 0)
        }
    }

    public func itemsUnderWay(of campaignID: String) throws(LetterStoreError) -> [ItemSight] {
        try database.query(CampaignSQL.underWay, [.string(campaignID)]).map { row in
            var sight = ItemSight(CampaignItem(row), age: Int64(row.int(6) ?? 0))
            sight.isAccepted = row.string(7).map { $0 == "done" }
            sight.answer = row.string(8)
            sight.taskStatus = row.string(9).flatMap(TaskStatus.init(rawValue:))
            sight.attempts = row.int(10) ?? 0
            sight.taskError = row.string(11)
            sight.runStatus = row.string(12).flatMap(RunStatus.init(rawValue:))
            sight.code = row.string(13).flatMap(CommandRefusal.Code.init)
            return sight
        }
    }

    public func note(
        _ outcomes: [ItemOutcome], sentAgain: [Int], of campaignID: String, as leader: String
    ) throws(LetterStoreError) {
        let c = [PostgresType.int4, .text, .text].map { PostgresArrayBuilder($0) }
        for outcome in outcomes {
            c[0].append(outcome.item)
            c[1].append(outcome.status.rawValue)
            c[2].append(outcome.detail)
        }
        let again = PostgresArrayBuilder(.int4)
        for item in sentAgain { again.append(item) }
        try database.together([
            (CampaignSQL.note, [.string(campaignID), .string(leader)] + c.map { .array($0) }),
            (CampaignSQL.sentAgain, [.string(campaignID), .string(leader), .array(again)]),
        ])
    }

    public func take(_ count: Int, of campaignID: String, as leader: String) throws(LetterStoreError) -> [CampaignItem]
    {
        try database.query(CampaignSQL.take, [.string(campaignID), .string(leader), .int8(count)])
            .map { CampaignItem($0) }.sorted { $0.item < $1.item }
    }

    public func change(
        _ campaign: LedCampaign, to status: CampaignStatus, _ sentence: String, as leader: String
    ) throws(LetterStoreError) {
        try database.query(
            CampaignSQL.change,
            [
                .string(campaign.campaignID), .string(leader), .int4(campaign.changes), .string(status.rawValue),
                .string(sentence),
            ])
    }

    public func end(_ campaignID: String, as leader: String) throws(LetterStoreError) {
        try database.query(CampaignSQL.end, [.string(campaignID), .string(leader)])
    }

    public func tally(of campaignID: String) throws(LetterStoreError) -> CampaignTally {
        try database.query(CampaignSQL.tally, [.string(campaignID)]).first.map { CampaignTally($0, from: 0) } ?? .init()
    }
}

extension CampaignPlan {
    /// The five columns of a plan, in the order of the table.
    init(_ row: PostgresRow, from column: Int) {
        self.init()
        canary = row.int(column) ?? 0
        rate = row.double(column + 1) ?? 1
        concurrency = row.int(column + 2) ?? 1
        stopRatio = row.double(column + 3) ?? 0
        stopAfter = row.int(column + 4) ?? 1
    }
}

extension CampaignTally {
    /// Waiting, under way, succeeded, failed, refused, dropped, past succeeded, past failed.
    init(_ row: PostgresRow, from column: Int) {
        self.init()
        waiting = row.int(column) ?? 0
        underWay = row.int(column + 1) ?? 0
        succeeded = row.int(column + 2) ?? 0
        failed = row.int(column + 3) ?? 0
        refused = row.int(column + 4) ?? 0
        dropped = row.int(column + 5) ?? 0
        pastSucceeded = row.int(column + 6) ?? 0
        pastFailed = row.int(column + 7) ?? 0
    }
}

extension CampaignItem {
    fileprivate init(_ row: PostgresRow) {
        self.init(
            item: row.int(0) ?? 0, messageID: row.string(1) ?? "", runID: row.string(2) ?? "",
            taskID: row.string(3) ?? "", attempt: row.int(4) ?? 0, requestID: row.string(5) ?? "")
    }
}
