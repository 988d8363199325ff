import Glibc

/// Bytes at an address that only growing moves, as libpq wants them.
///
/// Owns its memory: taken in `init`, freed in `deinit`. Pointers into it hold until the next append.
@safe
final class PostgresBuffer {
    private(set) var count = 0
    private var capacity: Int
    private var memory: UnsafeMutableRawPointer
    /// Memory beyond this goes back at the next clear, so that one big batch does not stay for ever.
    private static let kept = 4 << 20

    init(capacity: Int = 256) {
        self.capacity = capacity
        unsafe memory = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        unsafe memory.deallocate()
    }

    func clear() {
        count = 0
        if capacity > PostgresBuffer.kept { move(to: PostgresBuffer.kept) }
    }

    func append(byte: UInt8) {
        reserve(1)
        unsafe memory.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    @inline(__always)
    func append<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        reserve(MemoryLayout<Value>.size)
        unsafe memory.storeBytes(of: value.bigEndian, toByteOffset: count, as: Value.self)
        count += MemoryLayout<Value>.size
    }

    func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, unsafe !bytes.isEmpty else { return }
        reserve(bytes.count)
        unsafe (memory + count).copyMemory(from: start, byteCount: bytes.count)
        count += bytes.count
    }

    /// Writes over bytes that are there already.
    func patch(_ value: Int32, at offset: Int) {
        unsafe memory.storeBytes(of: value.bigEndian, toByteOffset: offset, as: Int32.self)
    }

    func pointer(at offset: Int) -> UnsafePointer<CChar> {
        unsafe UnsafePointer((memory + offset).assumingMemoryBound(to: CChar.self))
    }

    @inline(__always)
    private func reserve(_ more: Int) {
        if count + more > capacity { move(to: max(capacity * 2, count + more)) }
    }

    private func move(to capacity: Int) {
        let moved = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        unsafe moved.copyMemory(from: memory, byteCount: min(count, capacity))
        unsafe memory.deallocate()
        unsafe memory = moved
        self.capacity = capacity
    }
}
