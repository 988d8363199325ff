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
        return taken
    }

    private func send(_ result: ResultRecord) -> Bool {
        guard let producer else { return false }
        do throws(KafkaError) {
            do throws(KafkaError) {
                try send(result, partition: result.lane ?? -1, producer)
            } catch {
                guard error.isUnknownTopic, result.lane != nil else { throw error }
                try send(result, partition: -1, producer)
            }
        } catch {
            guard error.isTooLarge else {
                note(reachable: false, "\(error)")
                return false
            }
            events.append(.reported(token: result.token, .tooLarge))
            return true
        }
        unreported.insert(result.token)
        return true
    }

    private func send(_ result: ResultRecord, partition: Int32, _ producer: KafkaProducer) throws(KafkaError) {
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
                    value: UnsafeRawBufferPointer(value), headers: headers, token: UInt(result.token))
            }
        }
    }
}
