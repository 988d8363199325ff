public import JSON

/// An error as rows and messages keep it: bounded, whole characters, nothing a column refuses.
public enum ErrorText {
    public static func storable(_ text: Bytes) -> Bytes {
        var text = text
        if text.count > Limits.errorBytes {
            var end = text.startIndex + Limits.errorBytes
            while end > text.startIndex, text[end] & 0xC0 == 0x80 { end -= 1 }
            text = text[..<end]
        }
        if text.allSatisfy({ $0 > 0 && $0 < 0x80 }) { return text }
        let isPlain = !text.contains(0) && String(validating: text, as: UTF8.self) != nil
        return isPlain ? text : Array(String(decoding: text.filter { $0 != 0 }, as: UTF8.self).utf8)[...]
    }

    public static func storable(_ text: String) -> Bytes { storable(Array(text.utf8)[...]) }
}
