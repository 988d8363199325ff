public import JSON

/// An id or a name as bytes, with its hash worked out once: ids are looked up more often than they are made.
public struct Identifier: Hashable, Sendable {
    public let bytes: [UInt8]
    private let hash: Int

    public init(_ bytes: some Collection<UInt8>) {
        self.bytes = Array(bytes)
        hash = Self.hash(self.bytes[...])
    }

    /// - `hash`: what `hash(_:)` gave for the bytes.
    init(_ bytes: [UInt8], hash: Int) {
        self.bytes = bytes
        self.hash = hash
    }

    public init(_ text: String) { self.init(text.utf8) }

    public static func == (left: Identifier, right: Identifier) -> Bool {
        left.hash == right.hash && left.bytes == right.bytes
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(hash) }

    /// Valid ids are never empty, so an empty one matches none.
    func matches(_ bytes: Bytes, hash: Int) -> Bool {
        self.hash == hash && !bytes.isEmpty && bytes == self.bytes[...]
    }

    /// FNV-1a with its high bits folded down.
    static func hash(_ bytes: Bytes) -> Int {
        bytes.withUnsafeBufferPointer { bytes in
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
            return Int(truncatingIfNeeded: hash ^ hash >> 32)
        }
    }
}

extension Identifier: Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// By bytes, so the same everywhere.
    public static func < (left: Identifier, right: Identifier) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    public init(stringLiteral text: String) { self.init(text) }

    public var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension Identifier {
    /// The longest id or name.
    public static let longest = 255

    /// Ids of runs, sessions, tenants, users and correlations: 1 to 255 bytes of UTF-8 without control characters.
    public static func isValidID(_ bytes: Bytes) -> Bool {
        guard (1...longest).contains(bytes.count) else { return false }
        if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return true }
        guard String(validating: bytes, as: UTF8.self) != nil else { return false }
        var previous: UInt8 = 0
        for byte in bytes {
            if byte < 0x20 || byte == 0x7F || (previous == 0xC2 && byte < 0xA0) { return false }
            previous = byte
        }
        return true
    }

    /// Ids of tasks: `[A-Za-z0-9_-]{1,255}`.
    public static func isValidTaskID(_ bytes: Bytes) -> Bool {
        (1...longest).contains(bytes.count) && bytes.allSatisfy(isWordByte)
    }

    /// Ids of flows, names of handlers and pools: `[A-Za-z0-9._-]{1,255}`.
    public static func isValidName(_ bytes: Bytes) -> Bool {
        (1...longest).contains(bytes.count) && bytes.allSatisfy { isWordByte($0) || $0 == UInt8(ascii: ".") }
    }

    static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
