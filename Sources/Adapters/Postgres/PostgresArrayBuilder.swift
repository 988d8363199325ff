/// Builds one array parameter in the binary format, value by value, without an allocation for each.
///
/// One column of an `unnest`. May be cleared and filled again as soon as it has been added to a pipeline.
public final class PostgresArrayBuilder {
    public let type: PostgresType
    public private(set) var count = 0
    private var hasNulls = false
    private let buffer = PostgresBuffer()

    /// - `element`: the type of one value, such as `.text`.
    public init(_ element: PostgresType) {
        type = .array(element)
        writeHeader()
    }

    /// Forgets the values, keeps the memory.
    public func clear() {
        buffer.clear()
        count = 0
        hasNulls = false
        writeHeader()
    }

    /// How much it takes on the wire.
    public var byteCount: Int { buffer.count }

    public func appendNull() {
        buffer.append(Int32(-1))
        count += 1
        hasNulls = true
    }

    /// For text, jsonb and bytea.
    public func append(_ bytes: UnsafeRawBufferPointer) {
        let isVersioned = openBytes(bytes.count)
        if isVersioned { buffer.append(byte: 1) }
        unsafe buffer.append(bytes)
        count += 1
    }

    public func append(_ bytes: ArraySlice<UInt8>?) {
        guard let bytes else { return appendNull() }
        unsafe bytes.withUnsafeBytes { unsafe append($0) }
    }

    public func append(_ bytes: [UInt8]?) {
        guard let bytes else { return appendNull() }
        unsafe bytes.withUnsafeBytes { unsafe append($0) }
    }

    public func append(_ text: String?) {
        guard var text else { return appendNull() }
        text.withUTF8 { unsafe append(UnsafeRawBufferPointer($0)) }
    }

    /// For the three integer types; a value that does not fit is a mistake of the caller.
    public func append(_ value: Int?) {
        guard let value else { return appendNull() }
        switch type.element {
        case .int2: appendFixed(Int16(value))
        case .int4: appendFixed(Int32(value))
        case .int8: appendFixed(Int64(value))
        default: preconditionFailure("an integer in an array of \(type.element)")
        }
    }

    public func append(_ value: Bool?) {
        guard let value else { return appendNull() }
        precondition(type.element == .bool, "a bool in an array of \(type.element)")
        appendFixed(value ? 1 as UInt8 : 0)
    }

    public func append(_ value: Double?) {
        guard let value else { return appendNull() }
        precondition(type.element == .float8, "a double in an array of \(type.element)")
        appendFixed(value.bitPattern)
    }

    /// For timestamptz; the ends of Int64 are the infinities.
    public func append(unixMicroseconds: Int64?) {
        guard let unixMicroseconds else { return appendNull() }
        precondition(type.element == .timestamptz, "a time in an array of \(type.element)")
        appendFixed(PostgresTime.wire(unixMicroseconds))
    }

    /// The finished value. The pointer holds until the next change.
    func wireValue() -> (start: UnsafePointer<CChar>, length: Int) {
        buffer.patch(hasNulls ? 1 : 0, at: 4)
        buffer.patch(Int32(count), at: 12)
        return unsafe (buffer.pointer(at: 0), buffer.count)
    }

    /// Dimensions 1 · has nulls · element type · length · lower bound 1.
    private func writeHeader() {
        buffer.append(Int32(1))
        buffer.append(Int32(0))
        buffer.append(type.element.rawValue)
        buffer.append(Int32(0))
        buffer.append(Int32(1))
    }

    @inline(__always)
    private func appendFixed<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        buffer.append(Int32(MemoryLayout<Value>.size))
        buffer.append(value)
        count += 1
    }

    /// Writes the length; true if jsonb's version byte has to follow.
    private func openBytes(_ length: Int) -> Bool {
        switch type.element {
        case .jsonb:
            buffer.append(Int32(length + 1))
            return true
        case .text, .bytea:
            buffer.append(Int32(length))
            return false
        default:
            preconditionFailure("bytes in an array of \(type.element)")
        }
    }
}
