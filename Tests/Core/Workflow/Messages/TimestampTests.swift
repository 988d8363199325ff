import Testing
import Workflow

@Suite struct TimestampTests {
    @Test(arguments: [
        "2026-02-29T00:00:00Z", "2026-02-31T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
        "2026-00-10T00:00:00Z", "2026-11-00T00:00:00Z", "2026-11-21T00:00:00+99:99", "2026-11-21T00:00:00+24:00",
        "2026-11-21T00:00:00-01:60", "2026-11-21T24:00:00Z",
    ])
    func `a moment that no calendar has is no moment`(_ text: String) {
        #expect(Timestamp.parse(Array(text.utf8)[...]) == nil)
    }

    @Test(arguments: [
        ("2024-02-29T00:00:00Z", 1_709_164_800), ("2000-02-29T00:00:00Z", 951_782_400),
        ("2026-12-31T23:59:59+23:59", 1_798_675_259), ("1970-01-01T01:00:00+01:00", 0),
    ])
    func `days at the ends of months and far offsets are read`(_ text: String, _ seconds: Int64) {
        #expect(Timestamp.parse(Array(text.utf8)[...]) == seconds * 1_000_000)
    }

    @Test(
        arguments: [
            ("2026-11-21T14:05:07Z", 1_795_269_907_000_000), ("1970-01-01T00:00:00.5Z", 500_000),
            ("1970-01-01t01:00:00.000001+01:00", 1), ("1970-01-01 00:00:00.1234567z", 123_456),
            ("1969-12-31T23:00:00-01:00", 0), ("1990-12-31T23:59:60Z", 662_688_000_000_000),
        ] as [(String, Int64)])
    func `any fraction and offset is read`(text: String, time: Int64) {
        #expect(Timestamp.parse(Array(text.utf8)[...]) == time)
    }

    @Test(arguments: [
        "", "now", "2026-11-21", "2026-11-21T14:05Z", "2026-11-21T14:05:07", "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T14:05:07.Z", "2026-11-21T14:05:07Z ",
        "2026-11-21T14:05:07+25:00", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "+026-11-21T14:05:07Z",
    ])
    func `what is no time is refused`(text: String) {
        #expect(Timestamp.parse(Array(text.utf8)[...]) == nil)
    }

    @Test func `every day from 1915 to 2079 is read back as it was written`() {
        for day in Int64(-20_000)...40_000 {
            let time = day * 86_400_000_000 + 45_296_789_000
            let text = Timestamp.text(time)
            guard Timestamp.parse(text[...]) == time else {
                Issue.record("day \(day): \(String(decoding: text, as: UTF8.self))")
                return
            }
        }
    }
}
