/// SHA-256 (FIPS 180-4), by which definitions are known. Plain Swift, because this floor imports nothing.
///
/// Works in fixed places: a digest allocates nothing but its result.
public enum SHA256 {
    /// The 32 bytes of the digest.
    public static func hash(_ bytes: [UInt8]) -> [UInt8] {
        let digest = hash("", bytes)
        return digest.indices.map { digest[$0] }
    }

    /// The digest of `bytes` in 64 lower-case digits.
    public static func hex(_ bytes: [UInt8]) -> String { hexDigits(hash(bytes)) }

    /// Any bytes as lower-case digits.
    static func hexDigits(_ digest: [UInt8]) -> String {
        String(decoding: digest.flatMap { [digit($0 >> 4), digit($0 & 15)] }, as: UTF8.self)
    }

    /// A lower-case digit for 0 to 15.
    static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

    /// The digest of two texts one after the other.
    static func hash(_ prefix: StaticString, _ bytes: [UInt8]) -> SIMD32<UInt8> {
        var digest = Digest()
        prefix.withUTF8Buffer { digest.take($0) }
        bytes.withUnsafeBufferPointer { digest.take($0) }
        return digest.end()
    }

    /// A UUID (version 8) out of a text, the same every time.
    public static func uuid(_ prefix: StaticString, _ bytes: [UInt8]) -> [UInt8] {
        let hash = hash(prefix, bytes)
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for position in 0..<16 {
            var byte = hash[position]
            if position == 6 { byte = byte & 0x0F | 0x80 }
            if position == 8 { byte = byte & 0x3F | 0x80 }
            if position == 4 || position == 6 || position == 8 || position == 10 { text.append(UInt8(ascii: "-")) }
            text.append(digit(byte >> 4))
            text.append(digit(byte & 15))
        }
        return text
    }
}

/// A digest on its way: what has been taken, the last block not yet mixed.
private struct Digest {
    private var state: SIMD8<UInt32> = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    private var block = SIMD64<UInt8>()
    private var filled = 0
    private var length: UInt64 = 0

    mutating func take(_ text: UnsafeBufferPointer<UInt8>) {
        length += UInt64(text.count)
        for byte in text { add(byte) }
    }

    /// The end mark and the length in bits, in a block of their own where they do not fit.
    mutating func end() -> SIMD32<UInt8> {
        add(0x80)
        while filled != 56 { add(0) }
        for place in 0..<8 { add(UInt8(truncatingIfNeeded: (length * 8) >> (56 - 8 * UInt64(place)))) }
        var digest = SIMD32<UInt8>()
        for place in 0..<32 {
            digest[place] = UInt8(truncatingIfNeeded: state[place / 4] >> (24 - 8 * UInt32(place % 4)))
        }
        return digest
    }

    @inline(__always) private mutating func add(_ byte: UInt8) {
        block[filled] = byte
        filled += 1
        guard filled == 64 else { return }
        filled = 0
        mix()
    }

    private mutating func mix() {
        let schedule = expanded()
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for round in 0..<64 {
            let choice = (e & f) ^ (~e & g)
            let first = h &+ (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) &+ choice &+ constants[round] &+ schedule[round]
            let majority = (a & b) ^ (a & c) ^ (b & c)
            let second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) &+ majority
            (h, g, f, e) = (g, f, e, d &+ first)
            (d, c, b, a) = (c, b, a, first &+ second)
        }
        state = state &+ SIMD8(a, b, c, d, e, f, g, h)
    }

    private func expanded() -> InlineArray<64, UInt32> {
        var schedule = InlineArray<64, UInt32>(repeating: 0)
        for place in 0..<16 {
            let at = place * 4
            let high = UInt32(block[at]) << 24 | UInt32(block[at + 1]) << 16
            schedule[place] = high | UInt32(block[at + 2]) << 8 | UInt32(block[at + 3])
        }
        for place in 16..<64 {
            let near = schedule[place - 2]
            let far = schedule[place - 15]
            let small = turn(far, 7) ^ turn(far, 18) ^ far >> 3
            let large = turn(near, 17) ^ turn(near, 19) ^ near >> 10
            schedule[place] = schedule[place - 16] &+ small &+ schedule[place - 7] &+ large
        }
        return schedule
    }
}

@inline(__always) private func turn(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word >> count | word << (32 - count)
}

private let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
]
