import Platform
import Stores
import Workflow

extension Command {
    static let adminTopics = Command(
        "admin topics", "create the topics, raise their partition counts, and say what differs",
        discussion: """
            Counts come from the settings and are only ever raised; the topics of the lanes all get the same count.
            Configuration is set when a topic is created; a difference found later is told on standard error and left
            alone. Safe to repeat, and to run at once from many places.
            """,
        flags: [Flag("dry-run", nil, "say what would be done, and do nothing")], columns: [.topics],
        examples: ["flowfleet admin topics --dry-run"]
    ) { call throws(CommandFailure) in
        let printer = try call.printer(.topics)
        let connections = try Connections(call)
        let layout = connections.topics
        let isPlan = call.values.isSet("dry-run")
        let steps = try reaching { () throws(AccessFailure) in
            let topics = try TopicAdministration(connections.kafka, replication: connections.replication)
            return isPlan ? try topics.plan(layout) : try topics.establish(layout) { _ = Stopwatch.pause($0) }
        }
        let records = steps.compactMap { record($0, isPlan: isPlan) }
        printer.list(records, empty: "no topics")
        for case .differs(let topic, let key, let value, let wanted) in steps {
            call.console.note("\(topic): \(key) is \(value); a new topic would get \(wanted)")
        }
        return .ok
    }

    private static func record(_ step: TopicStep, isPlan: Bool) -> OutputRecord? {
        let (topic, partitions, outcome): (String, Int, String)
        switch step {
        case .create(let made): (topic, partitions, outcome) = (made.name, made.partitions, "created")
        case .raise(let name, let from, let to): (topic, partitions, outcome) = (name, to, "raised from \(from)")
        case .keep(let name, let count): (topic, partitions, outcome) = (name, count, "there already")
        case .differs: return nil
        }
        var record = OutputRecord()
        record.add("topic", .text(topic))
        record.add("partitions", .number(partitions))
        record.add("outcome", .text(isPlan && step.isChange ? "to be " + outcome : outcome))
        return record
    }
}
