/// Where a service gets random bytes from (owner tokens, ids), so that a simulator can give it repeatable ones.
public protocol RandomSource: Sendable {
    mutating func bytes(_ count: Int) -> [UInt8]
}

/// Random bytes of the operating system, fit for tokens.
public struct SystemRandom: RandomSource {
    public init() {}

    public mutating func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var result: [UInt8] = []
        result.reserveCapacity(count + 8)
        while result.count < count {
            withUnsafeBytes(of: generator.next()) { result.append(contentsOf: $0) }
        }
        result.removeLast(result.count - count)
        return result
    }
}

extension RandomSource {
    /// `count` random bytes as lower-case hexadecimal digits, two for each.
    public mutating func hexadecimal(_ count: Int) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes(count).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}
