public import JSON

/// Unix microseconds as RFC 3339 UTC with milliseconds, and back. Pure arithmetic: no calendar library in Core.
public enum Timestamp {
    /// The first and the last that four digits of a year can tell.
    static let first: Microseconds = -62_135_596_800_000_000
    static let last: Microseconds = 253_402_300_799_999_000

    public static func append(_ time: Microseconds, to bytes: inout [UInt8]) {
        let milliseconds = floorDivide(time, 1_000)
        let seconds = floorDivide(milliseconds, 1_000)
        let days = floorDivide(seconds, 86_400)
        let (year, month, day) = date(ofDays: days)
        let rest = Int(seconds - days * 86_400)
        var text: InlineArray<24, UInt8> = InlineArray(repeating: UInt8(ascii: "-"))
        write(year / 100, to: &text, 0)
        write(year % 100, to: &text, 2)
        write(month, to: &text, 5)
        write(day, to: &text, 8)
        text[10] = UInt8(ascii: "T")
        write(rest / 3_600, to: &text, 11)
        text[13] = UInt8(ascii: ":")
        write(rest / 60 % 60, to: &text, 14)
        text[16] = UInt8(ascii: ":")
        write(rest % 60, to: &text, 17)
        text[19] = UInt8(ascii: ".")
        let fraction = Int(milliseconds - seconds * 1_000)
        write(fraction / 10, to: &text, 20)
        text[22] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: fraction % 10)
        text[23] = UInt8(ascii: "Z")
        text.span.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }

    /// Two digits.
    @inline(__always) private static func write(_ value: Int, to text: inout InlineArray<24, UInt8>, _ place: Int) {
        text[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 10 % 10)
        text[place + 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
    }

    public static func text(_ time: Microseconds) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        append(time, to: &bytes)
        return bytes
    }

    /// Reads RFC 3339 with any fraction and offset; nil for anything else.
    public static func parse(_ text: Bytes) -> Microseconds? { text.withUnsafeBufferPointer { parse($0) } }

    private static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Microseconds? {
        var reader = DigitReader(text)
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
            let day = reader.number(2), reader.skip("T") || reader.skip("t") || reader.skip(" "),
            let hour = reader.number(2), reader.skip(":"), let minute = reader.number(2), reader.skip(":"),
            let second = reader.number(2), (1...12).contains(month), day >= 1,
            day <= length(ofMonth: month, in: year), hour < 24, minute < 60, second <= 60, year >= 1
        else { return nil }
        let fraction = reader.skip(".") ? reader.fraction() : 0
        guard let fraction, let offset = reader.offset(), reader.isAtEnd else { return nil }
        let days = days(year: year, month: month, day: day)
        let seconds = days * 86_400 + Int64(hour * 3_600 + minute * 60 + second) - Int64(offset * 60)
        let time = seconds * 1_000_000 + fraction
        return (first...last + 999).contains(time) ? time : nil
    }

    private static func floorDivide(_ value: Int64, _ by: Int64) -> Int64 {
        value >= 0 ? value / by : (value - by + 1) / by
    }

    /// Howard Hinnant's civil-from-days.
    private static func date(ofDays days: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (Int(year), Int(month), Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1))
    }

    private static func length(ofMonth month: Int, in year: Int) -> Int {
        guard month == 2 else { return [4, 6, 9, 11].contains(month) ? 30 : 31 }
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    }

    private static func days(year: Int, month: Int, day: Int) -> Int64 {
        let year = Int64(month <= 2 ? year - 1 : year)
        let era = floorDivide(year, 400)
        let yearOfEra = year - era * 400
        let shiftedMonth = Int64(month > 2 ? month - 3 : month + 9)
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + Int64(day) - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

private struct DigitReader {
    private let text: UnsafeBufferPointer<UInt8>
    private var position = 0
    init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }
    var isAtEnd: Bool { position == text.count }
    private var current: UInt8? { isAtEnd ? nil : text[position] }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func number(_ digits: Int) -> Int? {
        guard text.count - position >= digits else { return nil }
        var value = 0
        for _ in 0..<digits {
            let digit = Int(text[position]) - 48
            guard (0...9).contains(digit) else { return nil }
            value = value * 10 + digit
            position += 1
        }
        return value
    }

    mutating func fraction() -> Int64? {
        var (value, scale): (Int64, Int64) = (0, 100_000)
        var count = 0
        while let byte = current, (48...57).contains(byte) {
            position += 1
            value += Int64(byte - 48) * scale
            scale /= 10
            count += 1
        }
        return count == 0 ? nil : value
    }

    /// Minutes east of UTC.
    mutating func offset() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60
        else { return nil }
        return sign * (hours * 60 + minutes)
    }
}
