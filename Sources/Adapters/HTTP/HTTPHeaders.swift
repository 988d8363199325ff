/// Header lines in their order; names compare without case.
public struct HTTPHeaders: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    public struct Line: Sendable, Equatable {
        public let name: String
        public let value: String
    }

    public private(set) var lines: [Line] = []

    public init() {}

    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }

    public mutating func add(_ name: String, _ value: String) { lines.append(Line(name: name, value: value)) }

    /// The first value of this name.
    public subscript(name: String) -> String? {
        let wanted = name.lowercased()
        return lines.first { $0.name.lowercased() == wanted }?.value
    }

    func all(_ name: String) -> [String] {
        let wanted = name.lowercased()
        return lines.filter { $0.name.lowercased() == wanted }.map(\.value)
    }

    /// Every name has only letters that a name may have, and no value could begin another line.
    var areWellFormed: Bool {
        lines.allSatisfy { line in
            !line.name.isEmpty && line.name.utf8.allSatisfy { HTTPHeaders.isNameByte($0) }
                && line.value.utf8.allSatisfy { $0 >= 32 && $0 != 127 || $0 == 9 }
        }
    }

    /// A token of RFC 9110; also what a method consists of.
    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
