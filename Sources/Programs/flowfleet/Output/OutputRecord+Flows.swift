import API
import Workflow

extension OutputRecord {
    init(_ entry: RegistryEntry) {
        self.init()
        add("flow_id", .text(entry.flowID))
        add("version", .number(entry.version))
        add("created_at", .text(entry.createdAt))
        add("sha256", .text(entry.sha256))
    }

    init(_ timeline: RetryTimeline) {
        self.init()
        add("task_id", .text(timeline.taskID))
        add("handler", .text(timeline.handler))
        add("pool", .text(timeline.pool))
        let seconds = timeline.attemptsAt.map(RetryTimeline.text)
        add("attempts_at", .json(Array("[\(seconds.joined(separator: ","))]".utf8)[...]), inTable: false)
        add("attempts_at_seconds", .text(seconds.joined(separator: ", ")))
    }
}
