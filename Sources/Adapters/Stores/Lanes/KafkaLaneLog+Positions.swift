import Kafka
public import Workflow

extension KafkaLaneLog {
    private static let patience = 10_000

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
        let mark = "installation="
        let installation = requests.flatMap {
            $0.metadata.hasPrefix(mark) ? String($0.metadata.dropFirst(mark.count)) : nil
        }
        return GroupPosition(flowRuns: requests?.offset, installation: installation, unknown: unknown)
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
