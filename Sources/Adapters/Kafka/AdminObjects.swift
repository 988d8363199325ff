internal import CKafka

/// Owns the library's objects that describe one admin operation; freed with it, after the answer has come.
@safe struct AdminObjects: ~Copyable {
    private var pointers: [OpaquePointer?] = unsafe []
    private let free: (OpaquePointer) -> Void

    init(freeing free: @escaping (OpaquePointer) -> Void) {
        unsafe self.free = free
    }

    init(_ pointer: OpaquePointer?, freeing free: @escaping (OpaquePointer) -> Void) throws(KafkaError) {
        unsafe self.init(freeing: free)
        try unsafe add(pointer)
    }

    deinit {
        for index in 0..<(unsafe pointers.count) {
            if let pointer = unsafe pointers[index] { unsafe free(pointer) }
        }
    }

    /// Takes the object over; there is none when the library had no memory, or refused with this text.
    mutating func add(_ pointer: OpaquePointer?, refusal: String? = nil) throws(KafkaError) {
        guard let pointer = unsafe pointer else { throw KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, refusal) }
        unsafe pointers.append(pointer)
    }

    /// Lends the objects as the array and count that the library's calls take.
    mutating func lend(_ body: (_ list: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int) -> Void) {
        unsafe pointers.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress, $0.count) }
    }
}
