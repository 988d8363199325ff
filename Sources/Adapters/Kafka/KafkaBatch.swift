/// Records gathered for one `KafkaProducer.send`: their bytes lie in one buffer that is kept for the next batch.
public struct KafkaBatch: Sendable {
    struct Entry {
        var topic: Int
        var partition: Int32
        var key: Range<Int>?
        var value: Range<Int>?
        var headers: [KafkaHeader]
        var token: UInt
    }

    private(set) var bytes: [UInt8] = []
    private(set) var entries: [Entry] = []

    public init() {}

    public var count: Int { entries.count }
    public var isEmpty: Bool { entries.isEmpty }
    public var byteCount: Int { bytes.count }

    /// Adds a record whose value is appended to the buffer by `write`.
    public mutating func append(
        topic: Int, partition: Int32 = -1, key: some Collection<UInt8>, headers: [KafkaHeader] = [], token: UInt = 0,
        write: (inout [UInt8]) -> Void
    ) {
        let start = bytes.count
        bytes.append(contentsOf: key)
        let middle = bytes.count
        write(&bytes)
        add(topic, partition, start..<middle, middle..<bytes.count, headers, token)
    }

    /// Adds a copy of a record; nil is a record without key or without value.
    public mutating func append(
        topic: Int, partition: Int32 = -1, key: (some Collection<UInt8>)?, value: (some Collection<UInt8>)?,
        headers: [KafkaHeader] = [], token: UInt = 0
    ) {
        let keyRange = key.map { append($0) }
        add(topic, partition, keyRange, value.map { append($0) }, headers, token)
    }

    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
    }

    private mutating func append(_ content: some Collection<UInt8>) -> Range<Int> {
        let start = bytes.count
        bytes.append(contentsOf: content)
        return start..<bytes.count
    }

    private mutating func add(
        _ topic: Int, _ partition: Int32, _ key: Range<Int>?, _ value: Range<Int>?, _ headers: [KafkaHeader],
        _ token: UInt
    ) {
        entries.append(
            Entry(topic: topic, partition: partition, key: key, value: value, headers: headers, token: token))
    }
}

extension KafkaProducer {
    /// Hands over the records from number `start` on and tells how many it took.
    ///
    /// Fewer than all means the queue is full: poll and send the rest. Throws the first error of another kind, with
    /// the records before it taken; `outstanding` tells how many.
    public func send(_ batch: borrowing KafkaBatch, from start: Int = 0) throws(KafkaError) -> Int {
        let entries = batch.entries
        return try unsafe batch.bytes.withUnsafeBufferPointer { (buffer) throws(KafkaError) -> Int in
            let bytes = UnsafeRawBufferPointer(buffer)
            for number in start..<entries.count {
                let entry = entries[number]
                do throws(KafkaError) {
                    try unsafe send(
                        topic: entry.topic, partition: entry.partition,
                        key: entry.key.map { unsafe UnsafeRawBufferPointer(rebasing: bytes[$0]) },
                        value: unsafe entry.value.map { unsafe UnsafeRawBufferPointer(rebasing: bytes[$0]) },
                        headers: KafkaHeaderList(entry.headers), token: entry.token)
                } catch {
                    guard error.isQueueFull else { throw error }
                    return number - start
                }
            }
            return entries.count - start
        }
    }
}
