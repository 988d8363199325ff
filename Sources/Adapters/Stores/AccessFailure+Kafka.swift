internal import Kafka
internal import Workflow

extension AccessFailure {
    /// The failure of a call to Kafka, in the words of the ports.
    init(_ error: KafkaError, place: String, doing what: String) {
        if error.name.contains("AUTH") {
            self.init(.unauthorized, "Kafka at \(place) refuses the login: \(error.message)", isLog: true)
        } else if error.isUnknownTopic {
            self.init(.refused, "\(what): the topic does not exist; make it with flowfleet admin topics", isLog: true)
        } else if error.isTimeout || error.isRetriable {
            self.init(.unreachable, "Kafka at \(place) does not answer: \(what): \(error.message)", isLog: true)
        } else {
            self.init(.refused, "Kafka at \(place): \(what): \(error.message)", isLog: true)
        }
    }
}
