import JSON

/// The JSON floor: scanner, members, values, canonical form, writer.
enum JSONTargets {
    static let all = [
        FuzzTarget("json", json), FuzzTarget("json-string", string), FuzzTarget("json-pair", pair),
    ]

    /// All readers agree; the canonical form is the same value and its own canonical form. Read out of a larger text,
    /// so that a look beyond the slice is found.
    private static func json(_ input: Bytes) -> String? {
        let padded = Array("[\"".utf8) + input + Array("\"]".utf8)
        let text = padded[2..<padded.count - 2]
        askEverything(JSONValue(trusted: text))
        var members = JSONMembers()
        var scanned = true
        do { try members.scan(text) } catch { scanned = false }
        guard let value = try? JSONValue(validating: text) else {
            return scanned ? "members of a text that is not JSON" : nil
        }
        if scanned != (value.kind == .object) { return "members of a \(value.kind): \(scanned)" }
        let canonical = JSONCanonical.bytes(of: value)
        guard let again = try? JSONValue(validating: canonical[...]) else {
            return "its canonical form is not JSON: \(canonical[...].shown)"
        }
        if again != value { return "its canonical form is another value: \(canonical[...].shown)" }
        if JSONCanonical.bytes(of: again) != canonical { return "its canonical form is not canonical" }
        return again.isStorable == value.isStorable || !value.isStorable
            ? nil : "it can be stored, and its canonical form cannot"
    }

    /// Nothing that may be asked of bytes traps.
    private static func askEverything(_ value: JSONValue) {
        _ = (value.kind, value.int, value.double, value.bool, value.string(), value.plainString, value.depth)
        _ = (value.isStorable, value.member("a"), value.element(1))
        value.forEachMember { _ = ($0.string(), $1.kind) }
        value.forEachElement { _ = $0.int }
    }

    /// Any text that is written comes back.
    private static func string(_ input: Bytes) -> String? {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key(bytes: input)
        writer.string(input)
        writer.member("n", int: input.count)
        writer.endObject()
        guard let value = try? JSONValue(validating: writer.bytes[...], limits: JSONLimits(maxBytes: .max)) else {
            return "not JSON: \(writer.bytes[...].shown)"
        }
        var found: String?
        value.forEachMember { key, member in
            if key.bytes.elementsEqual(Array("\"n\"".utf8)) || found != nil { return }
            if key.string() != input.repaired { found = "a key does not come back" }
            if member.string() != input.repaired { found = "a text does not come back" }
        }
        return found
    }

    /// Two texts, apart at the first 0xFF: equal exactly if their canonical forms are.
    private static func pair(_ input: Bytes) -> String? {
        let parts = input.split(separator: 0xFF, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let left = try? JSONValue(validating: parts[0]),
            let right = try? JSONValue(validating: parts[1])
        else { return nil }
        let areSame = JSONCanonical.bytes(of: left) == JSONCanonical.bytes(of: right)
        if (left == right) != areSame { return "equal \(left == right), canonical forms equal \(areSame)" }
        return (right == left) == areSame ? nil : "equality depends on the order"
    }
}
