import JSON
import Workflow

/// A mutant's view of the log: bugs of the lane that can be made from outside.
final class MutantLog: LaneLog {
    private let log: SimLaneLog
    private let mutant: Mutant

    static func of(_ mutant: Mutant?, _ log: SimLaneLog) -> any LaneLog {
        guard let mutant else { return log }
        return MutantLog(log, mutant)
    }

    private init(_ log: SimLaneLog, _ mutant: Mutant) {
        self.log = log
        self.mutant = mutant
    }

    func receive(into inbox: inout [InputRecord], limits: ReceiveLimits, wait: Microseconds) -> LogSignals {
        let first = inbox.count
        let signals = log.receive(into: &inbox, limits: limits, wait: wait)
        for index in inbox.indices.dropFirst(first) {
            inbox[index].value = inbox[index].value.map { Bytes(changed($0.asText, inbox[index].topic)) }
        }
        return signals
    }

    private func changed(_ text: String, _ topic: InputTopic) -> String {
        let isHeld = text.contains("\"task_held\"")
        switch mutant {
        case .staleAttempt where topic == .taskFailed, .holdForgetsAttempt where isHeld:
            return text.replacing("\"attempt\":", with: "\"attempt_\":")
        case .handBackCounts where isHeld && text.contains("\"hold_ms\":0"):
            return text.replacing(
                "\"event_type\":\"task_held\"", with: "\"status\":\"failed\",\"error\":\"connection\"")
        case .segmentSkipsCheck:
            return (1...9).reduce(text) { $0.replacing("\"step\":\($1)", with: "\"step\":0") }
        default: return text
        }
    }

    func ends(of lane: Int32) throws(PortError) -> LanePosition {
        let ends = try log.ends(of: lane)
        let isBlind = mutant == .lostWithoutReading || mutant == .oneLook
        return isBlind ? LanePosition(flowRuns: 0, taskDone: 0, taskFailed: 0) : ends
    }

    func taskProgress(of pool: Identifier) throws(PortError) -> [TaskProgress] {
        let progress = try log.taskProgress(of: pool)
        guard mutant == .oneLook else { return progress }
        return progress.map { TaskProgress(partition: $0.partition, end: $0.end, reached: $0.end) }
    }

    func assign(_ positions: [Int32: LanePosition]) throws(PortError) { try log.assign(positions) }
    func holdResults(of lanes: Set<Int32>) { log.holdResults(of: lanes) }
    func firstPosition(of lane: Int32) throws(PortError) -> LanePosition { try log.firstPosition(of: lane) }
    func extent(of topic: InputTopic, lane: Int32, since time: Microseconds) throws(PortError) -> LogExtent {
        try log.extent(of: topic, lane: lane, since: time)
    }
    func groupPosition(of lane: Int32) throws(PortError) -> GroupPosition { try log.groupPosition(of: lane) }
    func showPosition(_ positions: [Int32: LanePosition], installation: String) {
        log.showPosition(positions, installation: installation)
    }
    func send(_ batch: OutBatch) { log.send(batch) }
    func delivery(wait: Microseconds) -> Delivery { log.delivery(wait: wait) }
}
