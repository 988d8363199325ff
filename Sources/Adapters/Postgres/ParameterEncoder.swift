/// Lays the values of one statement out as libpq takes them: pointers, lengths, all binary.
///
/// Scalars are written into a buffer of its own; arrays are read where they are. Reused from statement to statement.
@safe
final class ParameterEncoder {
    private enum Place {
        case null
        case scalar(offset: Int, length: Int)
        case array(PostgresArrayBuilder)
    }
    private let scalars = PostgresBuffer()
    private var places: [Place] = []
    private var pointers: [UnsafePointer<CChar>?] = unsafe []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    typealias Body<R> = (
        _ pointers: UnsafePointer<UnsafePointer<CChar>?>?, _ lengths: UnsafePointer<Int32>?,
        _ formats: UnsafePointer<Int32>?
    ) -> R

    /// Nil if the values are more than one message can carry. The pointers hold inside the body only.
    func withEncoded<R>(_ parameters: [PostgresParameter], _ body: Body<R>) -> R? {
        scalars.clear()
        places.removeAll(keepingCapacity: true)
        for parameter in parameters { places.append(encode(parameter)) }
        guard layOut() else { return nil }
        return unsafe pointers.withUnsafeBufferPointer { pointers in
            unsafe lengths.withUnsafeBufferPointer { lengths in
                unsafe formats.withUnsafeBufferPointer { formats in
                    unsafe body(pointers.baseAddress, lengths.baseAddress, formats.baseAddress)
                }
            }
        }
    }

    /// Only after the last append to `scalars`: appending may move it.
    private func layOut() -> Bool {
        unsafe pointers.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        var total = 0
        for place in places {
            let (start, length) = unsafe wire(place)
            total += length
            guard total < 1 << 30 else { return false }
            unsafe pointers.append(start)
            lengths.append(Int32(length))
        }
        while formats.count < places.count { formats.append(1) }
        return true
    }

    private func wire(_ place: Place) -> (start: UnsafePointer<CChar>?, length: Int) {
        switch place {
        case .null: return (nil, 0)
        case .scalar(let offset, let length): return unsafe (scalars.pointer(at: offset), length)
        case .array(let builder):
            let (start, length) = unsafe builder.wireValue()
            return unsafe (start, length)
        }
    }

    private func encode(_ parameter: PostgresParameter) -> Place {
        let offset = scalars.count
        switch parameter {
        case .null: return .null
        case .array(let builder): return .array(builder)
        case .bool(let value): scalars.append(byte: value ? 1 : 0)
        case .int2(let value): scalars.append(value)
        case .int4(let value): scalars.append(value)
        case .int8(let value): scalars.append(value)
        case .float8(let value): scalars.append(value.bitPattern)
        case .timestamptz(let value): scalars.append(PostgresTime.wire(value))
        case .text(let bytes), .bytea(let bytes): append(bytes)
        case .string(let text): append(Array(text.utf8)[...])
        case .jsonb(let bytes):
            scalars.append(byte: 1)
            append(bytes)
        }
        return .scalar(offset: offset, length: scalars.count - offset)
    }

    private func append(_ bytes: ArraySlice<UInt8>) {
        unsafe bytes.withUnsafeBytes { unsafe scalars.append($0) }
    }
}
