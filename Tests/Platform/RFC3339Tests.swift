import Testing

@testable import Platform

@Suite struct RFC3339Tests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_795_269_907_123_456, "2026-11-21T14:05:07.123Z"),
            (951_782_399_999_000, "2000-02-28T23:59:59.999Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
            (-1000, "1969-12-31T23:59:59.999Z"), (-62_135_596_800_000_000, "0001-01-01T00:00:00.000Z"),
            (253_402_300_799_999_000, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func `a time is written in UTC with milliseconds`(time: Int64, text: String) {
        let written = RFC3339.text(time)
        #expect(written == text)
        #expect(RFC3339.parse(text) == time / 1000 * 1000)
    }

    @Test func `a time outside four digits of a year is written as the nearest end`() {
        #expect(RFC3339.text(.max) == "9999-12-31T23:59:59.999Z")
        #expect(RFC3339.text(.min) == "0001-01-01T00:00:00.000Z")
    }

    @Test(
        arguments: [
            ("2026-11-21T14:05:07Z", 1_795_269_907_000_000), ("1970-01-01T00:00:00.5Z", 500_000),
            ("1970-01-01t01:00:00.000001+01:00", 1), ("1970-01-01 00:00:00.1234567z", 123_456),
            ("1969-12-31T23:00:00-01:00", 0), ("1990-12-31T23:59:60Z", 662_688_000_000_000),
        ] as [(String, Int64)])
    func `any fraction and offset is read`(text: String, time: Int64) {
        #expect(RFC3339.parse(text) == time)
    }

    @Test(arguments: [
        "", "now", "2026-11-21", "2026-11-21T14:05Z", "2026-11-21T14:05:07", "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T14:05:07.Z", "2026-11-21T14:05:07Z ",
        "2026-11-21T14:05:07+25:00", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "+026-11-21T14:05:07Z",
    ])
    func `what is no time is refused`(text: String) {
        #expect(RFC3339.parse(text) == nil)
    }

    @Test func `every day from 1915 to 2079 is read back as it was written`() {
        for day in Int64(-20_000)...40_000 {
            let time = day * 86_400_000_000 + 45_296_789_000
            let back = RFC3339.parse(RFC3339.text(time))
            guard back == time else {
                Issue.record("day \(day): \(RFC3339.text(time))")
                return
            }
        }
    }
}
