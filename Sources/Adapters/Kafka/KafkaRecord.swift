internal import CKafka

/// A record lent by `KafkaConsumer.poll`: nothing is copied, and nothing of it may be kept past the closure.
@safe public struct KafkaRecord: ~Copyable {
    private let message: UnsafeMutablePointer<rd_kafka_message_t>
    /// The topic's number, as `KafkaConsumer.topic(_:)` gave it.
    public let topic: Int

    init(_ message: UnsafeMutablePointer<rd_kafka_message_t>, topic: Int) {
        unsafe self.message = unsafe message
        self.topic = topic
    }

    public var partition: Int32 { unsafe message.pointee.partition }
    public var offset: Int64 { unsafe message.pointee.offset }

    /// Milliseconds since 1970; nil where the record carries none.
    public var timestamp: Int64? {
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let time = unsafe rd_kafka_message_timestamp(message, &type)
        return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? nil : time
    }

    /// Since 1970; 0 where the record carries no time. A producer may write any number, so it is brought into range.
    public var microseconds: Int64 { min(max(timestamp ?? 0, 0), .max / 1_000) * 1_000 }

    /// Nil for a record without key, which an empty key is not.
    public var key: UnsafeRawBufferPointer? {
        unsafe message.pointee.key.map { unsafe UnsafeRawBufferPointer(start: $0, count: message.pointee.key_len) }
    }

    /// Nil for a record without value.
    public var value: UnsafeRawBufferPointer? {
        unsafe message.pointee.payload.map { unsafe UnsafeRawBufferPointer(start: $0, count: message.pointee.len) }
    }

    /// Whether there is any header: worth to be asked before several are looked for.
    public var hasHeaders: Bool { unsafe headers != nil }

    /// The last header of that name. Headers are only parsed when one is asked for.
    public func header(_ name: String) -> UnsafeRawBufferPointer? {
        guard let headers = unsafe headers else { return nil }
        var start: UnsafeRawPointer?
        var count = 0
        guard unsafe rd_kafka_header_get_last(headers, name, &start, &count) == RD_KAFKA_RESP_ERR_NO_ERROR else {
            return nil
        }
        return unsafe UnsafeRawBufferPointer(start: start, count: count)
    }

    /// Copies of all headers, in their order.
    public func copyHeaders() -> [KafkaHeader] {
        guard let headers = unsafe headers else { return [] }
        return unsafe (0..<rd_kafka_header_cnt(headers)).compactMap { index in
            var name: UnsafePointer<CChar>?
            var start: UnsafeRawPointer?
            var count = 0
            guard unsafe rd_kafka_header_get_all(headers, index, &name, &start, &count) == RD_KAFKA_RESP_ERR_NO_ERROR,
                let name = unsafe name
            else { return nil }
            let value = unsafe UnsafeRawBufferPointer(start: start, count: count)
            return unsafe KafkaHeader(String(cString: name), Array(value))
        }
    }

    private var headers: OpaquePointer? {
        var headers: OpaquePointer?
        guard unsafe rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return unsafe headers
    }
}

/// A name and bytes beside a record's key and value. Names may repeat.
public struct KafkaHeader: Hashable, Sendable {
    public var name: String
    public var value: [UInt8]

    public init(_ name: String, _ value: [UInt8]) {
        self.name = name
        self.value = value
    }
}
