internal import Glibc

/// Times as text: `2026-11-21T09:05:07.123Z`, always UTC with milliseconds. Only written here: what comes from outside
/// is read by Core's `Timestamp`, which may not ask the system.
public enum RFC3339 {
    /// Microseconds of 0001-01-01 and of the last one in 9999: what four digits of a year can say.
    private static let representable: ClosedRange<Int64> = -62_135_596_800_000_000...253_402_300_799_999_999

    /// Appends 24 bytes. Times outside the years 1 to 9999 are written as the nearest end.
    /// - `microseconds`: since 1970; what is smaller than a millisecond is cut off.
    public static func append(_ microseconds: Int64, to output: inout [UInt8]) {
        let microseconds = min(max(microseconds, representable.lowerBound), representable.upperBound)
        var seconds = microseconds / 1_000_000
        if microseconds % 1_000_000 < 0 { seconds -= 1 }
        var time = time_t(seconds)
        var date = tm()
        gmtime_r(&time, &date)
        let milliseconds = Int((microseconds - seconds * 1_000_000) / 1_000)
        let parts: [(value: Int32, digits: Int, end: UInt8)] = [
            (date.tm_year + 1900, 4, UInt8(ascii: "-")), (date.tm_mon + 1, 2, UInt8(ascii: "-")),
            (date.tm_mday, 2, UInt8(ascii: "T")), (date.tm_hour, 2, UInt8(ascii: ":")),
            (date.tm_min, 2, UInt8(ascii: ":")), (date.tm_sec, 2, UInt8(ascii: ".")),
            (Int32(milliseconds), 3, UInt8(ascii: "Z")),
        ]
        for part in parts {
            digits(Int(part.value), part.digits, &output)
            output.append(part.end)
        }
    }

    public static func text(_ microseconds: Int64) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        append(microseconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digits(_ value: Int, _ count: Int, _ output: inout [UInt8]) {
        var scale = count == 4 ? 1000 : count == 3 ? 100 : 10
        while scale > 0 {
            output.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / scale % 10))
            scale /= 10
        }
    }
}
