import Kafka
public import Workflow

/// Results on their way out.
extension KafkaTaskLog {
    public func publish(_ results: [ResultRecord]) -> Int {
        var taken = 0
        for result in results {
            guard send(result) else { break }
            taken += 1
        }
        // One request a partition: what was handed over goes out now, and is answered soon. Until then what comes
        // gathers for the next one, so that much comes in few requests; not for long where the broker is slow.
        if taken > 0 { _ = producer?.flush(timeoutMilliseconds: Self.answerMilliseconds) }
        return taken
    }

    private static let answerMilliseconds = 5

    private func send(_ result: ResultRecord) -> Bool {
        guard let producer else { return false }
        let place = unreported.add(result.token)
        do throws(KafkaError) {
            do throws(KafkaError) {
                try send(result, partition: result.lane ?? -1, place, producer)
            } catch {
                guard error.isUnknownTopic, result.lane != nil else { throw error }
                try send(result, partition: -1, place, producer)
            }
        } catch {
            _ = unreported.take(place)
            guard error.isTooLarge else {
                note(reachable: false, "\(error)")
                return false
            }
            events.append(.reported(token: result.token, .tooLarge))
            return true
        }
        return true
    }

    private func send(
        _ result: ResultRecord, partition: Int32, _ place: Int, _ producer: KafkaProducer
    ) throws(KafkaError) {
        let topic =
            switch result.topic {
            case .done: outTopics[0]
            case .failed: outTopics[1]
            case .deadLetters: outTopics[2]
            }
        let headers = result.traceparent.map { [KafkaHeader("traceparent", $0)] } ?? []
        try unsafe result.key.withUnsafeBufferPointer { (key) throws(KafkaError) in
            try unsafe result.value.withUnsafeBufferPointer { (value) throws(KafkaError) in
                try unsafe producer.send(
                    topic: topic, partition: partition, key: key.isEmpty ? nil : UnsafeRawBufferPointer(key),
                    value: UnsafeRawBufferPointer(value), headers: KafkaHeaderList(headers), token: UInt(place))
            }
        }
    }
}
