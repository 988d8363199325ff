import Stores
import Testing

/// What `admin topics` would do, without a broker.
@Suite struct TopicLayoutTests {
    let layout = TopicLayout(prefix: "p.", lanes: 4, taskPartitions: 12, pools: ["default", "gpu"])

    func existing(_ counts: [String: Int]) -> [String: ExistingTopic] {
        counts.mapValues { ExistingTopic(partitions: $0) }
    }

    @Test func `the layout is the contract's`() {
        let counts = Dictionary(uniqueKeysWithValues: layout.topics.map { ($0.name, $0.partitions) })
        let kept = layout.topics.filter { $0.configuration.contains { $0 == ("retention.ms", "1209600000") } }
        let sized = layout.topics.allSatisfy { $0.configuration.contains { $0 == ("max.message.bytes", "4194304") } }
        #expect(
            counts == [
                "p.flow_runs": 4, "p.task_done": 4, "p.task_failed": 4, "p.dead_letter_queue": 4, "p.run_events": 4,
                "p.task_queue": 12, "p.task_queue.gpu": 12,
            ])
        #expect(Set(kept.map(\.name)) == ["p.flow_runs", "p.task_done", "p.task_failed"])
        #expect(sized)
    }

    @Test func `what is missing is created and what is there is kept`() {
        let steps = layout.steps(existing: existing(["p.flow_runs": 4, "p.task_queue": 20]))
        let created = steps.filter { if case .create = $0 { true } else { false } }
        #expect(created.count == 5)
        #expect(steps.contains(.keep("p.flow_runs", partitions: 4)))
        #expect(steps.contains(.keep("p.task_queue", partitions: 20)))
    }

    @Test func `lane topics follow the largest of them and flow_runs comes last`() {
        let lanes = [
            "p.flow_runs": 4, "p.task_done": 8, "p.task_failed": 4, "p.dead_letter_queue": 4, "p.run_events": 4,
        ]
        let raised = layout.steps(existing: existing(lanes)).compactMap { step -> String? in
            guard case .raise(let name, 4, 8) = step else { return nil }
            return name
        }
        #expect(raised == ["p.dead_letter_queue", "p.run_events", "p.task_failed", "p.flow_runs"])
    }

    @Test func `a different configuration is told and nothing is done about it`() {
        let found = ["p.flow_runs": ExistingTopic(partitions: 4, configuration: ["retention.ms": "1000"])]
        let steps = layout.steps(existing: found)
        let difference = TopicStep.differs("p.flow_runs", key: "retention.ms", is: "1000", wanted: "1209600000")
        #expect(steps.contains(difference))
        #expect(!difference.isChange)
    }
}
