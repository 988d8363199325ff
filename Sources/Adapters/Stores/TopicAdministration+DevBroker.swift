internal import Kafka
internal import Workflow

extension TopicAdministration {
    /// The dev broker makes a topic when a producer asks for it, with four partitions, and never raises one. That is
    /// enough for everything but more lanes than four under a prefix of their own.
    func establishOnDevBroker(_ layout: TopicLayout) throws(AccessFailure) -> [TopicStep] {
        let steps = try plan(layout)
        for case .create(let topic) in steps { try touch(topic.name) }
        let missing = try plan(layout).filter { step in
            guard case .raise(let name, _, _) = step else { return step.isChange }
            return layout.laneTopics.contains(name)
        }
        guard missing.isEmpty else {
            let list = missing.map(\.summary).joined(separator: ", ")
            throw AccessFailure(
                .refused, "the dev broker cannot \(list): set ORCHESTRATOR_LANES and the prefix before starting it")
        }
        return steps
    }

    private func touch(_ topic: String) throws(AccessFailure) {
        do throws(KafkaError) {
            let producer = try KafkaProducer(configuration)
            defer { producer.close(withinMilliseconds: 500) }
            _ = try producer.partitionCount(topic, timeoutMilliseconds: 2_000)
        } catch {
            throw AccessFailure(error, place: place, doing: "create \(topic)")
        }
    }
}
