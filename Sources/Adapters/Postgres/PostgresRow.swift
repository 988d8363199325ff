/// One row of a result; every accessor gives nil for NULL.
///
/// Asking for another type than the column's is a mistake in our SQL and stops the process.
public struct PostgresRow {
    let result: PostgresResult
    let index: Int32

    public func isNull(_ column: Int) -> Bool { unsafe result.value(index, column) == nil }

    /// Any of the three integer types.
    public func int(_ column: Int) -> Int? {
        guard let value = unsafe result.value(index, column) else { return nil }
        if !result.isBinary(column) { return unsafe Int(text(value)) }
        switch value.count {
        case 8: return unsafe Int(Int64(bigEndian: value.loadUnaligned(as: Int64.self)))
        case 4: return unsafe Int(Int32(bigEndian: value.loadUnaligned(as: Int32.self)))
        case 2: return unsafe Int(Int16(bigEndian: value.loadUnaligned(as: Int16.self)))
        default: preconditionFailure("column \(column) is no integer, but type \(result.type(column))")
        }
    }

    public func bool(_ column: Int) -> Bool? {
        guard let value = unsafe result.value(index, column) else { return nil }
        precondition(result.type(column) == PostgresType.bool.oid, "column \(column) is no bool")
        return unsafe value[0] == 1 || value[0] == UInt8(ascii: "t")
    }

    public func double(_ column: Int) -> Double? {
        guard let value = unsafe result.value(index, column) else { return nil }
        precondition(result.type(column) == PostgresType.float8.oid, "column \(column) is no float8")
        if !result.isBinary(column) { return unsafe Double(text(value)) }
        return unsafe Double(bitPattern: UInt64(bigEndian: value.loadUnaligned(as: UInt64.self)))
    }

    /// A timestamptz as Unix microseconds; the infinities are the ends of Int64. Binary results only.
    public func unixMicroseconds(_ column: Int) -> Int64? {
        guard let value = unsafe result.value(index, column) else { return nil }
        let isTime = result.isBinary(column) && result.type(column) == PostgresType.timestamptz.oid
        precondition(isTime, "column \(column) is no binary timestamptz")
        return unsafe PostgresTime.unix(Int64(bigEndian: value.loadUnaligned(as: Int64.self)))
    }

    /// The value as it came: text, bytea, or JSON text without its version byte.
    public func bytes(_ column: Int) -> [UInt8]? {
        unsafe withBytes(column) { unsafe $0.map { unsafe [UInt8]($0) } }
    }

    /// Like `bytes`, without a copy; the bytes must not leave the body.
    public func withBytes<R>(_ column: Int, _ body: (UnsafeRawBufferPointer?) throws -> R) rethrows -> R {
        guard let value = unsafe result.value(index, column) else { return try body(nil) }
        let isVersioned = result.isBinary(column) && result.type(column) == PostgresType.jsonb.oid
        return unsafe try body(isVersioned ? UnsafeRawBufferPointer(rebasing: value.dropFirst()) : value)
    }

    public func string(_ column: Int) -> String? {
        unsafe withBytes(column) { unsafe $0.map { unsafe text($0) } }
    }

    private func text(_ bytes: UnsafeRawBufferPointer) -> String {
        unsafe String(decoding: bytes, as: UTF8.self)
    }
}
