public import JSON

public enum OutTopic: Sendable, Equatable {
    case flowRuns, taskDone, taskFailed, deadLetters, runEvents
    case taskQueue(pool: Identifier)
}

/// Where in its topic a message goes.
public enum OutPartition: Sendable, Equatable {
    /// The publisher's sticky choice: one partition for a run of messages, so that a turn writes to few.
    case sticky
    /// By the hash of the key, as any Kafka producer would.
    case byKey
    case exactly(Int32)
}

/// The work of one turn: all messages in one buffer, so that a message costs no allocation.
public struct OutBatch: Sendable {
    public struct Entry: Sendable {
        public var topic: OutTopic
        public var partition: OutPartition
        public var key: Identifier?
        public var value: Range<Int>
        public var traceparent: Bytes?
        /// CloudEvents attributes of an announcement: its type and id.
        public var event: (type: StaticString, id: String)?
    }

    public private(set) var entries: [Entry] = []
    public var writer = JSONWriter()

    public init() {}

    public var isEmpty: Bool { entries.isEmpty }
    public var count: Int { entries.count }
    public func value(of entry: Entry) -> Bytes { writer.bytes[entry.value] }

    public mutating func append(
        to topic: OutTopic, _ partition: OutPartition, key: Identifier?, traceparent: Bytes? = nil,
        event: (type: StaticString, id: String)? = nil, _ write: (inout JSONWriter) -> Void
    ) {
        let start = writer.bytes.count
        write(&writer)
        entries.append(
            Entry(
                topic: topic, partition: partition, key: key, value: start..<writer.bytes.count,
                traceparent: traceparent, event: event))
    }

    /// A stored row as a message, its bytes as they are.
    public mutating func append(_ row: OutboxRow) {
        let partition: OutPartition = row.partition.map { .exactly($0) } ?? .byKey
        append(to: row.topic, partition, key: row.key) { $0.bytes.append(contentsOf: row.value) }
    }
}
