import Glibc

/// One column of an `unnest`, built in Postgres' binary array format in memory that is kept from turn to turn.
final class ArrayColumn {
    enum Element: UInt32 {
        case bool = 16
        case int8 = 20
        case int4 = 23
        case text = 25
        case timestamptz = 1184
        case jsonb = 3802
    }

    private let element: Element
    private var bytes: UnsafeMutableRawPointer
    private var capacity = 4096
    private(set) var count = 0
    private var elements: Int32 = 0
    private var hasNulls: Int32 = 0

    init(_ element: Element) {
        self.element = element
        bytes = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 8)
        clear()
    }

    deinit { bytes.deallocate() }

    var start: UnsafeMutablePointer<CChar> { bytes.assumingMemoryBound(to: CChar.self) }
    var isEmpty: Bool { elements == 0 }

    /// Dimensions, nulls, element type, length, lower bound.
    func clear() {
        (count, elements, hasNulls) = (0, 0, 0)
        put(Int32(1))
        put(Int32(0))
        put(Int32(bitPattern: element.rawValue))
        put(Int32(0))
        put(Int32(1))
    }

    /// The header learns how many there are.
    func finish() {
        bytes.storeBytes(of: hasNulls.bigEndian, toByteOffset: 4, as: Int32.self)
        bytes.storeBytes(of: elements.bigEndian, toByteOffset: 12, as: Int32.self)
    }

    func addNull() {
        put(Int32(-1))
        elements += 1
        hasNulls = 1
    }

    func add(_ value: UnsafeRawBufferPointer) {
        put(Int32(value.count + (element == .jsonb ? 1 : 0)))
        if element == .jsonb { put(UInt8(1)) }
        reserve(value.count)
        if let start = value.baseAddress { memcpy(bytes + count, start, value.count) }
        count += value.count
        elements += 1
    }

    func add(_ value: [UInt8]) { value.withUnsafeBytes { add($0) } }

    func add(_ value: StaticString) {
        add(UnsafeRawBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
    }

    func add(_ value: Int) {
        put(Int32(element == .int4 ? 4 : 8))
        if element == .int4 { put(Int32(value)) } else { put(Int64(value)) }
        elements += 1
    }

    func add(_ value: Bool) {
        put(Int32(1))
        put(UInt8(value ? 1 : 0))
        elements += 1
    }

    /// Postgres counts from the year 2000.
    func add(unixMicroseconds: Int64) {
        put(Int32(8))
        put(unixMicroseconds - 946_684_800_000_000)
        elements += 1
    }

    private func put<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        reserve(MemoryLayout<Value>.size)
        bytes.storeBytes(of: value.bigEndian, toByteOffset: count, as: Value.self)
        count += MemoryLayout<Value>.size
    }

    private func reserve(_ more: Int) {
        guard count + more > capacity else { return }
        while count + more > capacity { capacity *= 2 }
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
        memcpy(larger, bytes, count)
        bytes.deallocate()
        bytes = larger
    }
}
