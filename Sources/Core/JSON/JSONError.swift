/// Bytes of somebody else's buffer; taking a part of it copies nothing.
public typealias Bytes = ArraySlice<UInt8>

/// Why a text is no JSON that we take, and where.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        case empty, syntax, depth, size, utf8, notAnObject
    }

    public var code: Code
    /// Counted from the first byte of the text.
    public var offset: Int

    public init(_ code: Code, at offset: Int) {
        self.code = code
        self.offset = offset
    }

    public var description: String { sentence(at: "byte \(offset)") }

    /// The same for people, who count lines and characters of the text it is about.
    public func description(in text: Bytes) -> String {
        let before = text.prefix(offset)
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? before.startIndex
        // Bytes that go on with a character begin with the bits 10.
        let column = before[start...].count { $0 & 0xC0 != 0x80 } + 1
        return sentence(at: "line \(line), column \(column)")
    }

    private func sentence(at place: String) -> String {
        switch code {
        case .empty: "the text is empty"
        case .syntax: "syntax error at \(place)"
        case .depth: "nested too deep at \(place)"
        case .size: "the text is larger than allowed"
        case .utf8: "not valid UTF-8 at \(place)"
        case .notAnObject: "the text is not an object"
        }
    }
}

public struct JSONLimits: Sendable {
    /// Arrays and objects inside each other.
    public var maxDepth: Int
    public var maxBytes: Int

    public init(maxDepth: Int = 64, maxBytes: Int = 4 * 1024 * 1024) {
        self.maxDepth = maxDepth
        self.maxBytes = maxBytes
    }

    public static let standard = JSONLimits()
}

public enum JSONKind: UInt8, Sendable, CaseIterable {
    case null, bool, number, string, array, object
}
