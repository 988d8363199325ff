/// A number taken apart: digits without leading or trailing zeros, and where the point stands.
///
/// The value is ±0.d₁d₂d₃… × 10^`exponent`; zero has no digits.
struct JSONNumber {
    private(set) var isNegative = false
    private(set) var digits: [UInt8] = []
    private(set) var exponent = 0
    /// Digits behind the point as written, the power applied: what Postgres' numeric would have to keep.
    private(set) var scale = 0
    /// What stands behind the `e`.
    private var power = 0

    /// Far beyond what anybody can store; larger exponents count as this one.
    private static let exponents = -10_000_000_000...10_000_000_000
    /// Far beyond that, and far from overflowing.
    private static let largestPower = 1_000_000_000_000_000

    /// - `text`: a number by RFC 8259.
    /// - `keepsDigits`: without them, only the number's range is known, and nothing is allocated.
    init(_ text: some RandomAccessCollection<UInt8>, keepsDigits: Bool = true) {
        var (whole, fraction, zeros) = (0, 0, 0)
        var (isFraction, isPower, isPowerNegative, isZero) = (false, false, false, true)
        for byte in text {
            switch byte {
            case UInt8(ascii: "-"): if isPower { isPowerNegative = true } else { isNegative = true }
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"): isPower = true
            case 0x30...0x39 where isPower: power = min(power * 10 + Int(byte - 0x30), Self.largestPower)
            case 0x30...0x39:
                if isFraction { fraction += 1 } else { whole += 1 }
                if isZero, byte == 0x30 { zeros += 1 } else { isZero = false }
                if keepsDigits, !isZero { digits.append(byte) }
            default: break
            }
        }
        if isPowerNegative { power = -power }
        scale = max(0, fraction - power)
        exponent = isZero ? 0 : min(max(whole - zeros + power, Self.exponents.lowerBound), Self.exponents.upperBound)
        if isZero { isNegative = false }
        while digits.last == 0x30 { digits.removeLast() }
    }

    /// Digits that a stored number may have before its point, and behind it, when it is written out: doubles go as far
    /// as 10³⁰⁸ and 10⁻³²⁴. Postgres' numeric would take a hundred times as many, out of a few bytes, and give them all
    /// back: a text of some kilobytes would be a row that nobody can read any more.
    static let storedDigits = 400

    /// Postgres reads no larger power, not even of zero.
    var isStorable: Bool {
        exponent <= Self.storedDigits && scale <= Self.storedDigits && power.magnitude < 1_073_741_823
    }

    /// Bytes of the number as Postgres writes it out.
    var writtenOut: Int { (isNegative ? 1 : 0) + max(exponent, 1) + (scale > 0 ? scale + 1 : 0) }

    /// The shortest plain form; very large or small ones in a scientific form that is as stable.
    func append(to bytes: inout [UInt8]) {
        if isNegative { bytes.append(UInt8(ascii: "-")) }
        if digits.isEmpty { return bytes.append(0x30) }
        guard (-20...40).contains(exponent) else { return appendScientific(to: &bytes) }
        if exponent <= 0 {
            bytes += [0x30, UInt8(ascii: ".")]
            bytes += repeatElement(0x30, count: -exponent)
            bytes += digits
        } else if digits.count <= exponent {
            bytes += digits
            bytes += repeatElement(0x30, count: exponent - digits.count)
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
        if digits.isEmpty { return 0 }
        guard digits.count <= exponent, exponent <= 19 else { return nil }
        // Counted below zero, where there is room for one more.
        var value = 0
        for index in 0..<exponent {
            let digit = index < digits.count ? Int(digits[index] - 0x30) : 0
            let (shifted, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (next, isStillTooLarge) = shifted.subtractingReportingOverflow(digit)
            if isTooLarge || isStillTooLarge { return nil }
            value = next
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }
}
