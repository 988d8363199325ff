/// Which addresses a client may connect to. Judged by the address of the socket, after names were resolved, so that no
/// name can lead somewhere else.
public enum AddressPolicy: Sendable {
    case allowAll
    /// Only addresses of the public Internet.
    case publicOnly
    /// As a test says.
    case judged(@Sendable ([UInt8]) -> Bool)

    /// - `address`: 4 or 16 bytes in network order.
    func allows(_ address: [UInt8]) -> Bool {
        switch self {
        case .allowAll: true
        case .publicOnly: AddressPolicy.isPublic(address)
        case .judged(let judge): judge(address)
        }
    }

    /// Not for this machine, a local network, many receivers, documentation, or a purpose of its own (RFC 6890).
    static func isPublic(_ address: [UInt8]) -> Bool {
        switch address.count {
        case 4: !notPublic4.contains { $0.covers(address) }
        case 16: isPublic6(address)
        default: false
        }
    }

    private static func isPublic6(_ address: [UInt8]) -> Bool {
        // Addresses that only wrap an IPv4 one lead where that one leads.
        for (prefix, start) in wrappers where prefix.covers(address) {
            return isPublic(Array(address[start..<start + 4]))
        }
        return global6.covers(address) && !notPublic6.contains { $0.covers(address) }
    }

    private struct Block {
        let bytes: [UInt8]
        let bits: Int

        init(_ bits: Int, _ bytes: UInt8...) { (self.bytes, self.bits) = (bytes, bits) }

        func covers(_ address: [UInt8]) -> Bool {
            for bit in 0..<bits {
                let byte = bit / 8
                let mask = UInt8(0x80) >> UInt8(bit % 8)
                let own = byte < bytes.count ? bytes[byte] : 0
                if (own ^ address[byte]) & mask != 0 { return false }
            }
            return true
        }
    }

    private static let notPublic4 = [
        Block(8, 0), Block(8, 10), Block(10, 100, 64), Block(8, 127), Block(16, 169, 254), Block(12, 172, 16),
        Block(24, 192, 0, 0), Block(24, 192, 0, 2), Block(24, 192, 88, 99), Block(16, 192, 168), Block(15, 198, 18),
        Block(24, 198, 51, 100), Block(24, 203, 0, 113), Block(3, 224),
        // What a machine at Azure is told of itself by, though it looks public.
        Block(32, 168, 63, 129, 16),
    ]
    /// Mapped (`::ffff:0:0/96`), NAT64 (`64:ff9b::/96`), 6to4 (`2002::/16`).
    private static let wrappers = [
        (Block(96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF), 12), (Block(96, 0, 0x64, 0xFF, 0x9B), 12),
        (Block(16, 0x20, 0x02), 2),
    ]
    private static let global6 = Block(3, 0x20)
    /// Protocols of the IETF with Teredo (`2001::/23`), documentation (`2001:db8::/32`, `3fff::/20`).
    private static let notPublic6 = [
        Block(23, 0x20, 0x01), Block(32, 0x20, 0x01, 0x0D, 0xB8), Block(20, 0x3F, 0xFF),
    ]
}
