/// Names that follow from a run and its ending, so that every try and every courier makes the same.
public enum DeliveryID {
    /// Of a notice: `msg_` and 32 hex digits.
    /// - `part`: tells apart several notices of one row.
    public static func notice(_ runID: Identifier, ending: Int32, kind: Notice.Kind, part: Int = 0) -> String {
        let kind = kind == .error ? Notice.Kind.result : kind
        return "msg_" + hex("notice/", runID, "/\(ending)/\(kind.rawValue)/\(part)")
    }

    /// Of a kept result: `res_` and 32 hex digits.
    public static func result(_ runID: Identifier, ending: Int32) -> String {
        "res_" + hex("result/", runID, "/\(ending)")
    }

    private static func hex(_ prefix: String, _ runID: Identifier, _ suffix: String) -> String {
        String(SHA256.hex(Array(prefix.utf8) + runID.bytes + Array(suffix.utf8)).prefix(32))
    }
}

/// Short words that somebody types to pick a result up: ten letters and digits that cannot be mistaken.
public enum PickUpCode {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// - `random`: 50 bits of it are used.
    public static func make(_ random: UInt64) -> String {
        var rest = random
        var letters: [UInt8] = []
        for place in 0..<10 {
            if place == 5 { letters.append(UInt8(ascii: "-")) }
            letters.append(alphabet[Int(rest & 31)])
            rest >>= 5
        }
        return String(decoding: letters, as: UTF8.self)
    }

    /// What is kept of it; as people type it: any case, with or without the dash, O for 0, I or L for 1.
    public static func hash(_ typed: String) -> String {
        var letters: [UInt8] = []
        for letter in typed.uppercased().utf8 {
            switch letter {
            case UInt8(ascii: "-"), UInt8(ascii: " "): continue
            case UInt8(ascii: "O"): letters.append(UInt8(ascii: "0"))
            case UInt8(ascii: "I"), UInt8(ascii: "L"): letters.append(UInt8(ascii: "1"))
            default: letters.append(letter)
            }
        }
        return SHA256.hex(Array("pick-up/".utf8) + letters)
    }
}
