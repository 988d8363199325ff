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
        /// CloudEvents attributes of an announcement: its type, and where its id lies in the batch's bytes.
        public var event: (type: StaticString, id: Range<Int>)?
    }

    public private(set) var entries: [Entry] = []
    /// How many of them are tasks, and dead letters.
    public private(set) var taskCount = 0
    public private(set) var letterCount = 0
    /// The handlers of its tasks, each once; nil where there are many, or segments, which take as long as all theirs.
    public private(set) var handlers: [Identifier]? = []
    /// Its tasks take no time worth sharing out: long runs of them may go to one partition.
    public var isQuick = false
    public var writer = JSONWriter()

    public init() {}

    mutating func reserve(messages count: Int) {
        entries.reserveCapacity(count)
        writer.bytes.reserveCapacity(count * 512)
    }

    /// Nothing, in the same memory, unless that is far more than a usual turn needs.
    mutating func empty() {
        var next = OutBatch()
        if writer.bytes.capacity <= Self.keptBytes, entries.capacity <= Self.keptEntries {
            swap(&next.entries, &entries)
            swap(&next.writer, &writer)
            next.entries.removeAll(keepingCapacity: true)
            next.writer.clear()
        }
        self = next
    }

    private static let keptBytes = 4 << 20
    private static let keptEntries = 8_192

    public var isEmpty: Bool { entries.isEmpty }
    public var count: Int { entries.count }
    public func value(of entry: Entry) -> Bytes { writer.bytes[entry.value] }

    public mutating func append(
        to topic: OutTopic, _ partition: OutPartition, key: Identifier?, traceparent: Bytes? = nil,
        event: (type: StaticString, id: Range<Int>)? = nil, _ write: (inout JSONWriter) -> Void
    ) {
        let start = writer.bytes.count
        write(&writer)
        add(from: start, to: topic, partition, key: key, traceparent: traceparent, event: event)
    }

    /// Bytes that belong to a message but not to its value.
    mutating func note(_ write: (inout [UInt8]) -> Void) -> Range<Int> {
        let start = writer.bytes.count
        write(&writer.bytes)
        return start..<writer.bytes.count
    }

    /// What was written since `start` is a message.
    mutating func add(
        from start: Int, to topic: OutTopic, _ partition: OutPartition, key: Identifier?, traceparent: Bytes?,
        event: (type: StaticString, id: Range<Int>)? = nil
    ) {
        if case .taskQueue = topic { taskCount += 1 }
        if topic == .deadLetters { letterCount += 1 }
        entries.append(
            Entry(
                topic: topic, partition: partition, key: key, value: start..<writer.bytes.count,
                traceparent: traceparent, event: event))
    }

    /// One of its tasks is for this handler; nil: for several.
    mutating func note(handler: Identifier?) {
        guard let handler, handlers?.contains(handler) != true else {
            if handler == nil { handlers = nil }
            return
        }
        if let count = handlers?.count, count < 16 { handlers?.append(handler) } else { handlers = nil }
    }

    /// A stored row as a message, its bytes as they are.
    public mutating func append(_ row: OutboxRow) {
        let partition: OutPartition = row.partition.map { .exactly($0) } ?? .byKey
        append(to: row.topic, partition, key: row.key) { $0.bytes.append(contentsOf: row.value) }
    }
}
