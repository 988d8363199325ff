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

    public var description: String {
        switch code {
        case .empty: "the text is empty"
        case .syntax: "syntax error at byte \(offset)"
        case .depth: "nested too deep at byte \(offset)"
        case .size: "the text is larger than allowed"
        case .utf8: "not valid UTF-8 at byte \(offset)"
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
