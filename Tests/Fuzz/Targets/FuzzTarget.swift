public import JSON

/// A decoder or parser with what must hold for any bytes at all: it never traps, and it says what it read.
public struct FuzzTarget: Sendable {
    public let name: String
    /// Reads the bytes; a sentence where something that was promised does not hold.
    public let check: @Sendable (Bytes) -> String?

    init(_ name: String, _ check: @escaping @Sendable (Bytes) -> String?) {
        self.name = name
        self.check = check
    }

    public static let all: [FuzzTarget] =
        JSONTargets.all + DefinitionTargets.all + MessageTargets.all + TextTargets.all + DiscordTargets.all

    public static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

/// Texts in checks.
extension Bytes {
    init(_ text: String) { self = Array(text.utf8)[...] }
    var shown: String { String(decoding: prefix(300), as: UTF8.self) }
    /// As the text it is, wrong bytes replaced.
    var repaired: [UInt8] { Array(String(decoding: self, as: UTF8.self).utf8) }
}

/// Whether bytes are text that Postgres takes.
func isText(_ bytes: [UInt8]) -> Bool {
    !bytes.contains(0) && String(validating: bytes, as: UTF8.self) != nil
}

func isJSON(_ bytes: Bytes) -> Bool { (try? JSONValue(validating: bytes)) != nil }
