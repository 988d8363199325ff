/// Appends JSON text to a byte buffer; commas are its own business, at any depth. Several texts may follow each other.
public struct JSONWriter: Sendable {
    public var bytes: [UInt8] = []
    private var depth = 0

    public init(reserving capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// A place to go back to.
    public struct Mark: Sendable {
        fileprivate let count: Int
        fileprivate let depth: Int
    }

    public var mark: Mark { Mark(count: bytes.count, depth: depth) }

    /// Takes back what was written since, whole or not; the memory stays.
    public mutating func goBack(to mark: Mark) {
        bytes.removeLast(bytes.count - mark.count)
        depth = mark.depth
    }

    /// A copy of what was written since, of its very size.
    public func text(since mark: Mark) -> Bytes { Array(bytes[mark.count...])[...] }

    public func count(since mark: Mark) -> Int { bytes.count - mark.count }

    public mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        depth = 0
    }

    /// A value ends with none of these bytes, so the last one tells what stands before the next.
    @inline(__always) mutating func beginValue() {
        guard depth > 0 else { return }
        switch bytes.last {
        case nil, UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: ":"): return
        default: bytes.append(UInt8(ascii: ","))
        }
    }

    @inline(__always) private mutating func begin(_ byte: UInt8) {
        beginValue()
        bytes.append(byte)
        depth += 1
    }

    @inline(__always) private mutating func end(_ byte: UInt8) {
        bytes.append(byte)
        depth -= 1
    }

    public mutating func beginObject() { begin(UInt8(ascii: "{")) }
    /// Members of an object that begins and ends elsewhere.
    public mutating func beginMembers() { depth += 1 }
    public mutating func endObject() { end(UInt8(ascii: "}")) }
    public mutating func beginArray() { begin(UInt8(ascii: "[")) }
    public mutating func endArray() { end(UInt8(ascii: "]")) }

    /// A key that needs no escape.
    public mutating func key(_ name: StaticString) {
        beginValue()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    public mutating func key(bytes name: some Collection<UInt8>) {
        beginValue()
        JSONText.append(name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
    }

    /// Inlined where it is called, so that no caller in another module runs an unspecialised generic.
    @inlinable public mutating func string(_ utf8: some Collection<UInt8>) {
        let isDone: Void? = utf8.withContiguousStorageIfAvailable { string($0) }
        if isDone == nil { Array(utf8).withUnsafeBufferPointer { string($0) } }
    }

    public mutating func string(_ utf8: UnsafeBufferPointer<UInt8>) {
        beginValue()
        JSONText.append(utf8, to: &bytes)
    }

    public mutating func string(_ text: String) { string(text.utf8) }
    public mutating func string(_ text: StaticString) { text.withUTF8Buffer { string($0) } }

    /// A string out of parts: begin it, append to it, end it.
    public mutating func beginString() {
        beginValue()
        bytes.append(UInt8(ascii: "\""))
    }

    public mutating func part(_ utf8: [UInt8]) { utf8.withUnsafeBufferPointer { JSONText.appendInner($0, to: &bytes) } }

    public mutating func endString() { bytes.append(UInt8(ascii: "\"")) }

    /// A validated value, or finished members of an object, as they are.
    public mutating func raw(_ json: Bytes) {
        beginValue()
        bytes.append(contentsOf: json)
    }

    public mutating func raw(_ json: [UInt8]) {
        beginValue()
        bytes.append(contentsOf: json)
    }

    public mutating func int(_ value: Int) {
        beginValue()
        digits(value)
    }

    /// A whole number, wherever it stands: also inside a string.
    public mutating func digits(_ value: Int) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        let first = bytes.count
        while rest >= 10 {
            bytes.append(0x30)
            rest /= 10
        }
        bytes.append(0x30)
        rest = value.magnitude
        for place in (first..<bytes.count).reversed() {
            bytes[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    public mutating func bool(_ value: Bool) {
        beginValue()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    public mutating func null() {
        beginValue()
        bytes.append(contentsOf: "null".utf8)
    }
}

extension JSONWriter {
    @inlinable public mutating func member(_ name: StaticString, string utf8: some Collection<UInt8>) {
        key(name)
        string(utf8)
    }

    public mutating func member(_ name: StaticString, string text: String) {
        key(name)
        string(text)
    }

    public mutating func member(_ name: StaticString, string text: StaticString) {
        key(name)
        string(text)
    }

    public mutating func member(_ name: StaticString, int value: Int) {
        key(name)
        int(value)
    }

    public mutating func member(_ name: StaticString, bool value: Bool) {
        key(name)
        bool(value)
    }

    public mutating func member(_ name: StaticString, raw json: Bytes) {
        key(name)
        raw(json)
    }

    @inlinable public mutating func memberIfPresent(_ name: StaticString, string utf8: (some Collection<UInt8>)?) {
        if let utf8 { member(name, string: utf8) }
    }

    public mutating func memberIfPresent(_ name: StaticString, int value: Int?) {
        if let value { member(name, int: value) }
    }

    public mutating func memberIfPresent(_ name: StaticString, raw json: Bytes?) {
        if let json { member(name, raw: json) }
    }
}
