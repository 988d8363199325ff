internal import CKafka
internal import Glibc

/// Owns one `rd_kafka_topic_partition_list_t`; made here, freed here, lent to calls as `pointer`.
@safe struct PartitionList: ~Copyable {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(capacity: Int) {
        unsafe pointer = unsafe rd_kafka_topic_partition_list_new(Int32(capacity))
    }

    init(_ partitions: [TopicPartition]) {
        self.init(capacity: partitions.count)
        for partition in partitions { add(partition) }
    }

    init(_ positions: [KafkaPosition]) {
        self.init(capacity: positions.count)
        for position in positions { add(position.partition, offset: position.start.code) }
    }

    /// Leaves out what has no offset.
    init(_ offsets: [KafkaOffset]) {
        self.init(capacity: offsets.count)
        for entry in offsets {
            guard let offset = entry.offset else { continue }
            add(entry.partition, offset: offset, metadata: entry.metadata)
        }
    }

    deinit { unsafe rd_kafka_topic_partition_list_destroy(pointer) }

    func add(_ partition: TopicPartition, offset: Int64 = Int64(RD_KAFKA_OFFSET_INVALID), metadata: String = "") {
        guard let entry = unsafe rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.partition) else {
            return
        }
        unsafe entry.pointee.offset = offset
        guard !metadata.isEmpty, let copy = unsafe strdup(metadata) else { return }
        // The list frees it with free().
        unsafe entry.pointee.metadata = UnsafeMutableRawPointer(copy)
        unsafe entry.pointee.metadata_size = metadata.utf8.count
    }

    /// The first entry's error, if an entry has one.
    var firstError: KafkaError? { unsafe pointer.firstError }
}

extension UnsafeMutablePointer<rd_kafka_topic_partition_list_t> {
    var entries: UnsafeBufferPointer<rd_kafka_topic_partition_t> {
        unsafe UnsafeBufferPointer(start: pointee.elems, count: Int(pointee.cnt))
    }
    var firstError: KafkaError? { unsafe entries.lazy.compactMap(unsafe \.failure).first }
    var partitions: [TopicPartition] { unsafe entries.map(unsafe \.partitionName) }
    var offsets: [KafkaOffset] { unsafe entries.map(unsafe \.committedOffset) }
}

extension rd_kafka_topic_partition_t {
    var partitionName: TopicPartition { unsafe TopicPartition(String(cString: topic), partition) }

    var failure: KafkaError? {
        guard unsafe err != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return unsafe KafkaError(err, unsafe "\(partitionName): \(String(cString: rd_kafka_err2str(err)))")
    }

    var committedOffset: KafkaOffset {
        unsafe KafkaOffset(partitionName, offset < 0 ? nil : offset, metadata: metadataText)
    }

    private var metadataText: String {
        guard let metadata = unsafe metadata, unsafe metadata_size > 0 else { return "" }
        return unsafe String(decoding: UnsafeRawBufferPointer(start: metadata, count: metadata_size), as: UTF8.self)
    }
}

extension KafkaPosition.Start {
    var code: Int64 {
        switch self {
        case .offset(let offset): offset
        case .beginning: Int64(RD_KAFKA_OFFSET_BEGINNING)
        case .end: Int64(RD_KAFKA_OFFSET_END)
        case .committed: Int64(RD_KAFKA_OFFSET_STORED)
        }
    }
}
