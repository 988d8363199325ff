extension RFC3339 {
    /// Microseconds since 1970, or nil for anything that is not an RFC 3339 time (a leap second counts as the next
    /// one).
    public static func parse(_ text: some Sequence<UInt8>) -> Int64? {
        var cursor = Cursor(rest: Array(text)[...])
        guard let date = cursor.date(), cursor.take(where: { $0 | 32 == UInt8(ascii: "t") || $0 == UInt8(ascii: " ") }),
            let seconds = cursor.timeOfDay(), let fraction = cursor.fraction(), let offset = cursor.offset(),
            cursor.rest.isEmpty
        else { return nil }
        let total = (Int64(date.daysSince1970) * 86_400 + Int64(seconds - offset)) * 1_000_000 + fraction
        return representable.contains(total) ? total : nil
    }

    public static func parse(_ text: String) -> Int64? { parse(text.utf8) }

    private struct Cursor {
        var rest: ArraySlice<UInt8>

        mutating func take(_ byte: UInt8) -> Bool { take { $0 == byte } }

        mutating func take(where matches: (UInt8) -> Bool) -> Bool {
            guard let first = rest.first, matches(first) else { return false }
            rest = rest.dropFirst()
            return true
        }

        mutating func number(_ count: Int, in range: ClosedRange<Int>) -> Int? {
            guard rest.count >= count else { return nil }
            var value = 0
            for byte in rest.prefix(count) {
                guard (48...57).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 48)
            }
            rest = rest.dropFirst(count)
            return range.contains(value) ? value : nil
        }

        mutating func date() -> CivilDate? {
            guard let year = number(4, in: 1...9999), take(UInt8(ascii: "-")), let month = number(2, in: 1...12),
                take(UInt8(ascii: "-")), let day = number(2, in: 1...31)
            else { return nil }
            return CivilDate(year: year, month: month, day: day)
        }

        mutating func timeOfDay() -> Int? {
            guard let hour = number(2, in: 0...23), take(UInt8(ascii: ":")), let minute = number(2, in: 0...59),
                take(UInt8(ascii: ":")), let second = number(2, in: 0...60)
            else { return nil }
            return hour * 3600 + minute * 60 + second
        }

        /// Microseconds; further digits are read and dropped.
        mutating func fraction() -> Int64? {
            guard take(UInt8(ascii: ".")) else { return 0 }
            var (value, scale, seen): (Int64, Int64, Bool) = (0, 100_000, false)
            while let digit = number(1, in: 0...9) {
                value += Int64(digit) * scale
                scale /= 10
                seen = true
            }
            return seen ? value : nil
        }

        /// Seconds east of UTC.
        mutating func offset() -> Int? {
            if take(where: { $0 | 32 == UInt8(ascii: "z") }) { return 0 }
            guard let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
            rest = rest.dropFirst()
            guard let hours = number(2, in: 0...23), take(UInt8(ascii: ":")), let minutes = number(2, in: 0...59)
            else { return nil }
            return (hours * 3600 + minutes * 60) * (sign == UInt8(ascii: "-") ? -1 : 1)
        }
    }
}
