internal import Workflow

/// The topics of the contract for one set of settings: names with the prefix, counts and configuration.
///
/// Pure: what is there is told to it, what must be done comes out.
public struct TopicLayout: Equatable, Sendable {
    public struct Topic: Equatable, Sendable {
        public let name: String
        public let partitions: Int
        /// Configuration that `admin topics` sets when it creates the topic, and compares afterwards.
        public let configuration: [(key: String, value: String)]

        public static func == (one: Topic, other: Topic) -> Bool {
            one.name == other.name && one.partitions == other.partitions
                && one.configuration.elementsEqual(other.configuration, by: ==)
        }
    }

    public let topics: [Topic]
    /// Names of the topics whose counts must be equal: partition p of each belongs to lane p.
    public let laneTopics: [String]

    public static let inputRetention = Duration.seconds(14 * 24 * 3600)

    public init(prefix: String = "", lanes: Int = 4, taskPartitions: Int = 12, pools: [String] = ["default"]) {
        let names = TopicNames(prefix: prefix)
        let size = [(key: "max.message.bytes", value: String(Limits.messageBytes))]
        let retention = [(key: "retention.ms", value: String(TopicLayout.inputRetention.components.seconds * 1000))]
        // A lane needs all its topics before a request may arrive on it, so flow_runs is raised last.
        let lanesOnly = [names.deadLetters, names.runEvents]
        let inputs = [names.taskDone, names.taskFailed, names.flowRuns]
        laneTopics = lanesOnly + inputs
        topics =
            lanesOnly.map { Topic(name: $0, partitions: lanes, configuration: size) }
            + inputs.map { Topic(name: $0, partitions: lanes, configuration: size + retention) }
            + pools.map {
                Topic(name: names.taskQueue(pool: $0), partitions: taskPartitions, configuration: size)
            }
    }
}

/// What a broker says about one topic.
public struct ExistingTopic: Equatable, Sendable {
    public let partitions: Int
    public let configuration: [String: String]

    public init(partitions: Int, configuration: [String: String] = [:]) {
        self.partitions = partitions
        self.configuration = configuration
    }
}

/// One thing that `admin topics` does or says about one topic.
public enum TopicStep: Equatable, Sendable {
    case create(TopicLayout.Topic)
    case raise(String, from: Int, to: Int)
    /// As wanted, or with more partitions than asked for, which nobody lowers.
    case keep(String, partitions: Int)
    case differs(String, key: String, is: String, wanted: String)
}

extension TopicLayout {
    /// The steps from what is there to this layout. Lane topics all get the largest count any of them has.
    public func steps(existing: [String: ExistingTopic]) -> [TopicStep] {
        let lanes = topics.filter { laneTopics.contains($0.name) }
        let laneCount = lanes.map { max($0.partitions, existing[$0.name]?.partitions ?? 0) }.max() ?? 0
        return topics.flatMap { topic in
            let wanted = laneTopics.contains(topic.name) ? laneCount : topic.partitions
            return steps(
                Topic(name: topic.name, partitions: wanted, configuration: topic.configuration), existing[topic.name])
        }
    }

    private func steps(_ topic: Topic, _ found: ExistingTopic?) -> [TopicStep] {
        guard let found else { return [.create(topic)] }
        let count: TopicStep =
            found.partitions < topic.partitions
            ? .raise(topic.name, from: found.partitions, to: topic.partitions)
            : .keep(topic.name, partitions: found.partitions)
        let differences: [TopicStep] = topic.configuration.compactMap { key, value in
            guard let current = found.configuration[key], current != value else { return nil }
            return .differs(topic.name, key: key, is: current, wanted: value)
        }
        return [count] + differences
    }
}
