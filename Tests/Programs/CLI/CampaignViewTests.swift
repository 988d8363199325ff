import Platform
import Testing
import Workflow

@testable import flowfleet

@Suite struct CampaignViewTests {
    private func campaign(_ status: CampaignStatus, _ change: (inout CampaignTally) -> Void = { _ in }) -> CampaignEntry
    {
        var campaign = CampaignEntry()
        (campaign.campaignID, campaign.status) = ("c", status)
        change(&campaign.tally)
        return campaign
    }

    @Test func `a line says where a campaign is and how long it may take`() {
        let first = campaign(.canary) { $0.waiting = 100 }
        let now = campaign(.running) {
            ($0.waiting, $0.underWay, $0.succeeded, $0.failed) = (70, 5, 20, 5)
        }
        let line = CampaignView.line(now, since: first, .seconds(10))
        #expect(
            line == "running: 25 of 100 (20 succeeded, 5 failed), 5 under way, 70 waiting; about 31 s left")
        var stopped = campaign(.stopped) { ($0.waiting, $0.failed) = (90, 10) }
        stopped.sentence = "10 of 10 failed again\u{1B}[2J"
        #expect(
            CampaignView.line(stopped, since: first, .seconds(10))
                == "stopped: 10 of 100 (10 failed), 90 waiting; 10 of 10 failed again\\u{1b}[2J")
    }

    @Test func `watching ends with what came of it, once nothing is under way`() {
        #expect(CampaignView.code(campaign(.running)) == nil)
        #expect(CampaignView.code(campaign(.completed)) == .ok)
        #expect(CampaignView.code(campaign(.completed) { $0.failed = 1 }) == .runFailed)
        #expect(CampaignView.code(campaign(.stopped) { $0.underWay = 1 }) == nil)
        #expect(CampaignView.code(campaign(.stopped)) == .runFailed)
        #expect(CampaignView.code(campaign(.cancelled)) == .runCancelled)
        #expect(CampaignView.code(campaign(.paused)) == .waitTimedOut)
    }

    @Test func `a trend is a bar for each hour`() {
        #expect(OutputRecord.bars([0, 1, 4, 8]) == "·▁▄█")
        #expect(OutputRecord.bars([]) == "")
    }

    @Test func `letters are chosen by flags, times told or ago`() throws {
        var values = Values()
        values.flags = ["handler": ["http"], "since": ["2026-11-21T10:00:00Z"], "letter-reason": ["poison"]]
        let path = try SelectionFlags.path(APIPath("dead-letters"), values).text
        let body = try SelectionFlags.body(values).map { String(decoding: $0.bytes, as: UTF8.self) }
        #expect(path == "/v1/dead-letters?handler=http&reason=poison&since=2026-11-21T10%3A00%3A00Z")
        #expect(body == #"{"handler":"http","reason":"poison","since":"2026-11-21T10:00:00Z"}"#)
        let nothing = try SelectionFlags.body(Values())
        #expect(nothing == nil)
        values.flags = ["since": ["2h"]]
        let ago = try SelectionFlags.time("since", values) ?? ""
        #expect(ago.hasPrefix("20") && ago.hasSuffix("Z"))
        values.flags = ["since": ["yesterday"]]
        #expect(throws: CommandFailure.self) { try SelectionFlags.body(values) }
    }
}
