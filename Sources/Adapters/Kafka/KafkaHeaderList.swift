internal import CKafka

/// Headers of one record, written straight into the library's own list: names and fixed values cost no Swift memory.
@safe public struct KafkaHeaderList: ~Copyable {
    private var list: OpaquePointer?

    public init() {}

    public init(_ headers: [KafkaHeader]) {
        for header in headers {
            unsafe header.value.withUnsafeBytes { value in
                var name = header.name
                name.withUTF8 { unsafe add(UnsafeRawBufferPointer($0), value) }
            }
        }
    }

    deinit {
        if let list = unsafe list { unsafe rd_kafka_headers_destroy(list) }
    }

    public mutating func add(_ name: StaticString, _ value: StaticString) {
        value.withUTF8Buffer { unsafe add(name, UnsafeRawBufferPointer($0)) }
    }

    public mutating func add(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
        name.withUTF8Buffer { unsafe add(UnsafeRawBufferPointer($0), value) }
    }

    private mutating func add(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        if unsafe list == nil { unsafe list = rd_kafka_headers_new(8) }
        guard let list = unsafe list else { return }
        unsafe rd_kafka_header_add(
            list, name.baseAddress?.assumingMemoryBound(to: CChar.self), name.count, value.baseAddress, value.count)
    }

    /// Lends the list; who took it over says so, and then it is no longer ours to free.
    mutating func lend(_ use: (OpaquePointer?) -> Bool) {
        if unsafe use(list) { unsafe list = nil }
    }
}
