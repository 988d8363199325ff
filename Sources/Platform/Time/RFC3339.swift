/// Times as text: `2026-11-21T09:05:07.123Z`, always UTC, written with milliseconds, read with any fraction and offset.
public enum RFC3339 {
    /// Microseconds of 0001-01-01 and of the last one in 9999: what four digits of a year can say.
    static let representable: ClosedRange<Int64> = -62_135_596_800_000_000...253_402_300_799_999_999

    /// Appends 24 bytes. Times outside the years 1 to 9999 are written as the nearest end.
    /// - `microseconds`: since 1970; what is smaller than a millisecond is cut off.
    public static func append(_ microseconds: Int64, to output: inout [UInt8]) {
        let time = min(max(microseconds, representable.lowerBound), representable.upperBound)
        let milliseconds = floored(time, 1000)
        let days = floored(milliseconds, 86_400_000)
        let inDay = Int(milliseconds - days * 86_400_000)
        let date = CivilDate(daysSince1970: Int(days))
        digits(date.year, 4, &output)
        output.append(UInt8(ascii: "-"))
        digits(date.month, 2, &output)
        output.append(UInt8(ascii: "-"))
        digits(date.day, 2, &output)
        output.append(UInt8(ascii: "T"))
        digits(inDay / 3_600_000, 2, &output)
        output.append(UInt8(ascii: ":"))
        digits(inDay / 60_000 % 60, 2, &output)
        output.append(UInt8(ascii: ":"))
        digits(inDay / 1000 % 60, 2, &output)
        output.append(UInt8(ascii: "."))
        digits(inDay % 1000, 3, &output)
        output.append(UInt8(ascii: "Z"))
    }

    public static func text(_ microseconds: Int64) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        append(microseconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func floored(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }

    private static func digits(_ value: Int, _ count: Int, _ output: inout [UInt8]) {
        var scale = count == 4 ? 1000 : count == 3 ? 100 : 10
        while scale > 0 {
            output.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / scale % 10))
            scale /= 10
        }
    }
}

/// A day of the Gregorian calendar, computed without tables (Howard Hinnant's `civil_from_days`).
struct CivilDate: Equatable {
    var year: Int
    var month: Int
    var day: Int

    init(daysSince1970: Int) {
        let shifted = daysSince1970 + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Nil for a day that does not exist.
    init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month), day >= 1 else { return nil }
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day <= lengths[month - 1] else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    var daysSince1970: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
