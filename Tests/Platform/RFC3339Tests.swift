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
    }

    @Test func `a time outside four digits of a year is written as the nearest end`() {
        #expect(RFC3339.text(.max) == "9999-12-31T23:59:59.999Z")
        #expect(RFC3339.text(.min) == "0001-01-01T00:00:00.000Z")
    }
}
