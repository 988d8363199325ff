import Kafka
public import Workflow

extension KafkaLaneLog {
    private static let patience = 10_000
    /// Looks are made beside turns, and made again when they fail.
    private static let lookPatience = 2_000

    public func firstPosition(of lane: Int32) throws(PortError) -> LanePosition {
        var position = LanePosition(flowRuns: 0, taskDone: 0, taskFailed: 0)
        for topic in InputTopic.allCases {
            let partition = TopicPartition(topics.name(of: topic), lane)
            let marks = try reaching { () throws(KafkaError) in
                try consumer.watermarks(partition, timeoutMilliseconds: Self.patience)
            }
            position[topic] = firstOffsets == .latest ? marks.high : marks.low
        }
        return position
    }

    public func extent(
        of topic: InputTopic, lane: Int32, since time: Microseconds
    ) throws(PortError) -> LogExtent {
        let partition = TopicPartition(topics.name(of: topic), lane)
        return try reaching { () throws(KafkaError) in
            let marks = try consumer.watermarks(partition, timeoutMilliseconds: Self.patience)
            let found = try consumer.offsets(
                of: [partition], at: max(time / 1_000, 0), timeoutMilliseconds: Self.patience)
            return LogExtent(first: marks.low, end: marks.high, since: found.first?.offset ?? marks.high)
        }
    }

    public func groupPosition(of lane: Int32) throws(PortError) -> GroupPosition {
        let found = try reaching { () throws(KafkaError) in
            try consumer.committed(partitions(of: lane), timeoutMilliseconds: Self.patience)
        }
        let committed = InputTopic.allCases.map { topic in
            found.first { $0.partition.topic == topics.name(of: topic) && $0.offset != nil }
        }
        let unknown = InputTopic.allCases.filter { committed[Int($0.rawValue)] == nil }
        let requests = committed[Int(InputTopic.flowRuns.rawValue)]
        let installation = requests.flatMap { GroupAdoption.installation(in: $0.metadata) }
        return GroupPosition(flowRuns: requests?.offset, installation: installation, unknown: unknown)
    }

    public func ends(of lane: Int32) throws(PortError) -> LanePosition {
        let found = try reaching { () throws(KafkaError) in
            try consumer.endOffsets(partitions(of: lane), timeoutMilliseconds: Self.lookPatience)
        }
        var position = LanePosition(flowRuns: 0, taskDone: 0, taskFailed: 0)
        for (topic, end) in zip(InputTopic.allCases, found) { position[topic] = end.offset ?? 0 }
        return position
    }

    public func taskProgress(of pool: Identifier) throws(PortError) -> [TaskProgress] {
        try reaching { () throws(KafkaError) in
            try executorsReader().progress(of: topics.name(of: .taskQueue(pool: pool)))
        }
    }

    /// Looks are rare: their client is made for the first one.
    private func executorsReader() throws(KafkaError) -> GroupReader {
        if let executors { return executors }
        let made = try GroupReader(configuration, group: executorGroup, timeoutMilliseconds: Self.lookPatience)
        executors = made
        return made
    }

    public func showPosition(_ positions: [Int32: LanePosition], installation: String) {
        let offsets = positions.flatMap { lane, position in
            InputTopic.allCases.map {
                KafkaOffset(
                    TopicPartition(topics.name(of: $0), lane), position[$0], metadata: "installation=\(installation)")
            }
        }
        try? consumer.commitLater(offsets)
    }

    public func send(_ batch: OutBatch) { outbound.send(batch) }

    public func delivery(wait: Microseconds) -> Delivery { outbound.delivery(wait: wait, clock: clock) }
}
