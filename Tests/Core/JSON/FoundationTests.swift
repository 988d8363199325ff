import Foundation
import JSON
import TestSupport
import Testing

/// The same texts read by Foundation, which somebody else wrote.
///
/// Foundation is stricter in two things that RFC 8259 leaves open: it refuses halves of surrogate pairs, and numbers
/// that no `Double` comes near to. It is laxer with other encodings: it takes a mark at the beginning, and a zero among
/// the first bytes for UTF-16 or UTF-32; and it takes a comma behind the last element. Long numbers it rounds twice.
struct FoundationTests {
    @Test func `we take what Foundation takes, and read the same in it`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("compared with Foundation: seed \(seed)")
        var texts = RandomJSON(seed: seed)
        var (taken, refused) = (0, 0)
        for _ in 0..<12_000 {
            let text = texts.document()
            for text in [text, texts.damaged(text)] {
                let ours = try? JSONValue(validating: text[...])
                let theirs = try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)
                if ours == nil { refused += 1 } else { taken += 1 }
                let isSame = agrees(ours, theirs, text)
                #expect(isSame, "seed \(seed): \(String(decoding: text, as: UTF8.self).debugDescription)")
            }
        }
        print("compared with Foundation: \(taken) taken, \(refused) refused")
        #expect(taken >= 10_000 && refused >= 3_000)
    }

    private func agrees(_ ours: JSONValue?, _ theirs: Any?, _ text: [UInt8]) -> Bool {
        switch (ours, theirs) {
        case (nil, nil): true
        case (let ours?, let theirs?): hasSameValue(ours, theirs)
        case (let ours?, nil): isTooMuch(ours)
        case (nil, _?): isOtherEncoding(text) || verdictOfValue(withoutLastCommas(text)) == nil
        }
    }

    private func isOtherEncoding(_ text: [UInt8]) -> Bool {
        text.prefix(4).contains(0) || [0xEF, 0xFE, 0xFF].contains(text.first)
    }

    private func withoutLastCommas(_ text: [UInt8]) -> [UInt8] {
        var kept: [UInt8] = []
        for byte in text {
            if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}"),
                let last = kept.lastIndex(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }),
                kept[last] == UInt8(ascii: ",")
            {
                kept.remove(at: last)
            }
            kept.append(byte)
        }
        return kept
    }

    /// What Foundation refuses although it is JSON.
    private func isTooMuch(_ value: JSONValue) -> Bool {
        switch value.kind {
        case .null, .bool: return false
        case .number: return value.double.map { $0 == 0 && value.int == nil } ?? true
        case .string: return value.string()?.contains([0xEF, 0xBF, 0xBD]) ?? false
        case .array:
            var isTooMuch = false
            value.forEachElement { if self.isTooMuch($0) { isTooMuch = true } }
            return isTooMuch
        case .object:
            var isTooMuch = false
            value.forEachMember { if self.isTooMuch($0) || self.isTooMuch($1) { isTooMuch = true } }
            return isTooMuch
        }
    }

    private func isNear(_ left: Double?, _ right: Double?) -> Bool {
        guard let left, let right else { return false }
        return left == right || abs(left - right) <= abs(left) * 1e-14
    }

    private func hasSameValue(_ ours: JSONValue, _ theirs: Any) -> Bool {
        switch ours.kind {
        case .null: return theirs is NSNull
        case .bool: return theirs as? Bool == ours.bool
        case .number: return isNear(ours.double, (theirs as? NSNumber)?.doubleValue)
        case .string: return (theirs as? String).map { Array($0.utf8) } == ours.string()
        case .array:
            guard let theirs = theirs as? [Any] else { return false }
            var elements: [JSONValue] = []
            ours.forEachElement { elements.append($0) }
            return elements.count == theirs.count && zip(elements, theirs).allSatisfy { hasSameValue($0, $1) }
        case .object:
            guard let theirs = theirs as? [String: Any] else { return false }
            return theirs.allSatisfy { key, value in
                ours.member(Array(key.utf8)).map { hasSameValue($0, value) } ?? false
            }
        }
    }
}
