package import JSON
import Workflow

/// The ledger as it travels in the commit metadata of its partition: `1`, then `c` (clean) or `-`, then base64 of two
/// bits an offset from the committed one upwards, first offset in the lowest bits, zero bytes at the end left out. At
/// most 338 characters, so every broker takes it.
extension OffsetLedger {
    /// Reads what the former owner left. Metadata that cannot be read means "nothing finished", and not clean.
    package init(base: Int64, metadata: Bytes?) {
        self.init(base: base)
        guard let metadata, let marks = Self.marks(in: metadata) else { return }
        for (index, byte) in marks.enumerated() {
            for pair in 0..<4 {
                let offset = base + Int64(index * 4 + pair)
                self[offset] = Mark(rawValue: UInt64(byte >> UInt8(pair * 2)) & 3) ?? .unfinished
            }
        }
    }

    /// The former owner went in order: what is unfinished was not running when a process died.
    package static func isClean(_ metadata: Bytes?) -> Bool {
        guard let metadata, marks(in: metadata) != nil else { return false }
        return metadata[metadata.startIndex + 1] == UInt8(ascii: "c")
    }

    /// The window as commit metadata.
    package func metadata(clean: Bool) -> [UInt8] {
        var marks = [UInt8](repeating: 0, count: Self.window / 4)
        var used = 0
        for index in marks.indices {
            var byte: UInt8 = 0
            for pair in 0..<4 {
                byte |= UInt8(self[base + Int64(index * 4 + pair)].rawValue) << UInt8(pair * 2)
            }
            marks[index] = byte
            if byte != 0 { used = index + 1 }
        }
        return [UInt8(ascii: "1"), UInt8(ascii: clean ? "c" : "-")] + Base64.encode(marks[..<used])
    }

    private static func marks(in metadata: Bytes) -> [UInt8]? {
        let clean: [UInt8] = [UInt8(ascii: "c"), UInt8(ascii: "-")]
        guard metadata.count >= 2, metadata.first == UInt8(ascii: "1"),
            clean.contains(metadata[metadata.startIndex + 1]),
            let marks = Base64.decode(metadata.dropFirst(2)), marks.count <= window / 4
        else { return nil }
        return marks
    }
}
