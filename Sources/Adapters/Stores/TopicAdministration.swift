public import Kafka
public import Workflow

/// Brings the topics of an installation to a layout. Safe to repeat, and to run at once from many places.
public final class TopicAdministration {
    let configuration: KafkaConfiguration
    private let admin: KafkaAdmin
    /// A broker that does not describe its topics, as the dev broker, keeps nobody waiting for long.
    private let describer: KafkaAdmin
    let place: String
    private let replication: Int?

    /// - `replication`: nil leaves it to the broker.
    public init(_ configuration: KafkaConfiguration, replication: Int? = nil) throws(AccessFailure) {
        self.configuration = configuration
        place = configuration.bootstrapServers
        self.replication = replication
        do throws(KafkaError) {
            admin = try KafkaAdmin(configuration, timeoutMilliseconds: 8_000)
            describer = try KafkaAdmin(configuration, timeoutMilliseconds: 1_000)
        } catch {
            throw AccessFailure(error, place: configuration.bootstrapServers, doing: "admin client")
        }
    }

    /// What would have to be done, without doing it.
    public func plan(_ layout: TopicLayout) throws(AccessFailure) -> [TopicStep] {
        let counts = try counts(layout)
        let settings = settings(of: counts.keys.sorted())
        var existing: [String: ExistingTopic] = [:]
        for (name, count) in counts {
            existing[name] = ExistingTopic(partitions: count, configuration: settings[name] ?? [:])
        }
        return layout.steps(existing: existing)
    }

    /// Does it, and returns what was done once the brokers show it.
    /// - `pause`: waits between two looks at what the brokers show.
    public func establish(_ layout: TopicLayout, pause: (Duration) -> Void) throws(AccessFailure) -> [TopicStep] {
        let steps = try plan(layout)
        if steps.contains(where: \.isChange), isDevBroker { return try establishOnDevBroker(layout) }
        for step in steps {
            switch step {
            case .create(let topic): try create(topic)
            case .raise(let name, _, let count): try raise(name, to: count)
            case .keep, .differs: break
            }
        }
        try verify(layout, pause)
        return steps
    }

    /// librdkafka's mock cluster, which has no controller to ask for topics.
    private var isDevBroker: Bool { describer.clusterID()?.hasPrefix("mockCluster") ?? false }

    private func counts(_ layout: TopicLayout) throws(AccessFailure) -> [String: Int] {
        try asking("topics") { () throws(KafkaError) in try admin.partitionCounts(layout.topics.map(\.name)) }
    }

    /// What the topics are set to, as far as the broker tells.
    private func settings(of names: [String]) -> [String: [String: String]] {
        var found: [String: [String: String]] = [:]
        for name in names {
            guard let settings = try? describer.settings(ofTopic: name) else { break }
            found[name] = settings
        }
        return found
    }

    private func create(_ topic: TopicLayout.Topic) throws(AccessFailure) {
        let settings = Dictionary(topic.configuration.map { ($0.key, $0.value) }) { first, _ in first }
        let wanted = KafkaNewTopic(
            topic.name, partitions: topic.partitions, replication: replication ?? -1, settings: settings)
        let failures = try asking("create \(topic.name)") { () throws(KafkaError) in try admin.createTopics([wanted]) }
        // Somebody else may have made it just now; the verification sees to its count.
        if let failure = failures[topic.name], !failure.isTopicExists {
            throw AccessFailure(failure, place: place, doing: "create \(topic.name)")
        }
    }

    private func raise(_ name: String, to count: Int) throws(AccessFailure) {
        do throws(KafkaError) {
            try admin.createPartitions(name, total: count)
        } catch {
            let now = (try? admin.partitionCounts([name]))?[name] ?? 0
            guard now < count else { return }
            throw AccessFailure(error, place: place, doing: "raise \(name) to \(count) partitions")
        }
    }

    /// News of topics takes a moment to reach every broker.
    private func verify(_ layout: TopicLayout, _ pause: (Duration) -> Void) throws(AccessFailure) {
        var missing: [TopicStep] = []
        for _ in 0..<50 {
            let existing = try counts(layout).mapValues { ExistingTopic(partitions: $0) }
            missing = layout.steps(existing: existing).filter(\.isChange)
            if missing.isEmpty { return }
            pause(.milliseconds(100))
        }
        throw AccessFailure(
            .refused, "Kafka at \(place) does not show after 5 s: " + missing.map(\.summary).joined(separator: ", "))
    }

    private func asking<Result>(
        _ what: String, _ body: () throws(KafkaError) -> Result
    ) throws(AccessFailure) -> Result {
        do throws(KafkaError) {
            return try body()
        } catch {
            throw AccessFailure(error, place: place, doing: what)
        }
    }
}

extension TopicStep {
    /// Whether something is different afterwards.
    public var isChange: Bool {
        switch self {
        case .create, .raise: true
        case .keep, .differs: false
        }
    }

    public var summary: String {
        switch self {
        case .create(let topic): "create \(topic.name) with \(topic.partitions) partitions"
        case .raise(let name, let from, let to): "raise \(name) from \(from) to \(to) partitions"
        case .keep(let name, let count): "keep \(name) with \(count) partitions"
        case .differs(let name, let key, let value, let wanted): "\(name): \(key) is \(value), not \(wanted)"
        }
    }
}
