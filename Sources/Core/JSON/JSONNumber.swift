/// A number taken apart: digits without leading or trailing zeros, and where the point stands.
///
/// The value is ±0.d₁d₂d₃… × 10^`exponent`; zero has no digits.
struct JSONNumber {
    var isNegative = false
    var digits: [UInt8] = []
    var exponent = 0
    /// Digits behind the point as written, exponent applied: what Postgres' numeric would have to keep.
    var scale = 0

    init(_ text: some RandomAccessCollection<UInt8>) {
        var (whole, fraction, power, isExponentNegative) = (0, 0, 0, false)
        var part = 0
        for byte in text {
            switch byte {
            case UInt8(ascii: "-"): if part == 2 { isExponentNegative = true } else { isNegative = true }
            case UInt8(ascii: "."): part = 1
            case UInt8(ascii: "e"), UInt8(ascii: "E"): part = 2
            case 0x30...0x39 where part == 2: power = min(power * 10 + Int(byte - 0x30), 1_000_000_000)
            case 0x30...0x39:
                digits.append(byte)
                if part == 0 { whole += 1 } else { fraction += 1 }
            default: break
            }
        }
        if isExponentNegative { power = -power }
        scale = max(0, fraction - power)
        exponent = whole + power
        trim()
    }

    private mutating func trim() {
        let zeros = digits.prefix { $0 == 0x30 }.count
        digits.removeFirst(zeros)
        exponent -= zeros
        while digits.last == 0x30 { digits.removeLast() }
        if digits.isEmpty { (isNegative, exponent) = (false, 0) }
    }

    /// Postgres' numeric holds 131,072 digits before the point and 16,383 behind it.
    var fitsNumeric: Bool { exponent <= 131_072 && scale <= 16_383 }

    /// The shortest plain form; very large or small ones in a scientific form that is as stable.
    func append(to bytes: inout [UInt8]) {
        if isNegative { bytes.append(UInt8(ascii: "-")) }
        if digits.isEmpty { return bytes.append(0x30) }
        guard (-20...40).contains(exponent) else { return appendScientific(to: &bytes) }
        if exponent <= 0 {
            bytes += [0x30, UInt8(ascii: ".")]
            bytes += [UInt8](repeating: 0x30, count: -exponent)
            bytes += digits
        } else if digits.count <= exponent {
            bytes += digits
            bytes += [UInt8](repeating: 0x30, count: exponent - digits.count)
        } else {
            bytes += digits[..<exponent]
            bytes.append(UInt8(ascii: "."))
            bytes += digits[exponent...]
        }
    }

    private func appendScientific(to bytes: inout [UInt8]) {
        bytes.append(digits[0])
        if digits.count > 1 {
            bytes.append(UInt8(ascii: "."))
            bytes += digits[1...]
        }
        bytes.append(UInt8(ascii: "e"))
        bytes += Array("\(exponent - 1)".utf8)
    }

    /// The value if it is whole and fits.
    var int: Int? {
        guard digits.count <= exponent || digits.isEmpty, exponent <= 19 else { return digits.isEmpty ? 0 : nil }
        var value = 0
        for index in 0..<max(exponent, 0) {
            let digit = index < digits.count ? Int(digits[index] - 0x30) : 0
            let (shifted, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (next, tooLargeStill) = shifted.subtractingReportingOverflow(digit)
            if tooLarge || tooLargeStill { return nil }
            value = next
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }
}
