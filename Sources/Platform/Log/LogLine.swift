/// One line as bytes, in either format. Texts are cut at `longest` and freed of secrets here, so nothing gets past it.
enum LogLine {
    /// A longer text is cut, with `…` behind it: a log is no place for payloads.
    static let longest = 8192

    static func json(
        _ wall: Int64, _ level: LogLevel, _ message: String, _ fields: [LogField], _ secrets: SecretList
    ) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        line += "{\"time\":\"".utf8
        RFC3339.append(wall, to: &line)
        line += "\",\"level\":\"".utf8
        line += level.word.utf8
        line += "\",\"message\":".utf8
        quote(text(message, secrets), &line)
        for field in fields {
            line += ",\"".utf8
            line += field.name.utf8
            line += "\":".utf8
            append(field.value, secrets, quotesAll: true, &line)
        }
        line += "}\n".utf8
        return line
    }

    static func text(
        _ wall: Int64, _ level: LogLevel, _ message: String, _ fields: [LogField], _ secrets: SecretList
    ) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(192)
        RFC3339.append(wall, to: &line)
        line += " \(level.word) ".utf8
        // A message with a line break would look like two lines; the escape of JSON keeps it one.
        escape(text(message, secrets), &line)
        for field in fields {
            line += " \(field.name)=".utf8
            append(field.value, secrets, quotesAll: false, &line)
        }
        line += "\n".utf8
        return line
    }

    private static func append(_ value: LogValue, _ secrets: SecretList, quotesAll: Bool, _ line: inout [UInt8]) {
        switch value {
        case .integer(let number): line += String(number).utf8
        case .number(let number): line += number.isFinite ? "\(number)".utf8 : "null".utf8
        case .bool(let flag): line += (flag ? "true" : "false").utf8
        case .text(let string): word(text(string, secrets), quotesAll, &line)
        case .bytes(let bytes): word(text(String(decoding: bytes, as: UTF8.self), secrets), quotesAll, &line)
        }
    }

    private static func text(_ string: String, _ secrets: SecretList) -> String {
        let clean = secrets.redact(string)
        return clean.utf8.count <= longest ? clean : String(decoding: clean.utf8.prefix(longest), as: UTF8.self) + "…"
    }

    private static func word(_ string: String, _ quotesAll: Bool, _ line: inout [UInt8]) {
        let isPlain = !string.isEmpty && string.utf8.allSatisfy { $0 > 32 && $0 != 34 && $0 != 61 && $0 != 92 }
        if isPlain && !quotesAll { line += string.utf8 } else { quote(string, &line) }
    }

    static func quote(_ string: String, _ line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        escape(string, &line)
        line.append(UInt8(ascii: "\""))
    }

    private static func escape(_ string: String, _ line: inout [UInt8]) {
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): line += "\\\"".utf8
            case UInt8(ascii: "\\"): line += "\\\\".utf8
            case UInt8(ascii: "\n"): line += "\\n".utf8
            case UInt8(ascii: "\r"): line += "\\r".utf8
            case UInt8(ascii: "\t"): line += "\\t".utf8
            case 0..<32, 127: line += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
            default: line.append(byte)
            }
        }
    }
}
