/// The name under which a dead letter is kept. Anybody may write letters, and a run may be called like a topic, so a
/// `message_id` alone could name two things; the second of them would be lost.
///
/// | letter | kept as |
/// |---|---|
/// | of a task, `dl/run/task/attempt` as it is its own | that |
/// | the same, but of a run called like a topic and a task called like a partition | `task/` before it |
/// | of a record or run, `dl/topic/partition/offset` | that |
/// | with an id that begins with `dl/` and belongs to something else | `foreign/` before it |
/// | with any other id | that |
enum LetterID {
    private static let topics = ["flow_runs", "task_done", "task_failed", "task_queue", "dead_letter_queue"]

    static func kept(_ id: [UInt8], _ kind: DeadLetter.Kind, _ runID: [UInt8]?, _ taskID: [UInt8]?, attempts: Int)
        -> [UInt8]
    {
        guard id.starts(with: "dl/".utf8) else { return id }
        let isPlace = isPlaceInTopic(id)
        guard kind == .task, let runID, let taskID else { return isPlace ? id : Array("foreign/".utf8) + id }
        let own = Array("dl/".utf8) + runID + [0x2F] + taskID + Array("/\(attempts - 1)".utf8)
        guard id == own else { return Array("foreign/".utf8) + id }
        return isPlace ? Array("task/".utf8) + id : id
    }

    /// Could be that of a record which the fleet has set aside, whatever prefix its topics have.
    private static func isPlaceInTopic(_ id: [UInt8]) -> Bool {
        let parts = id.dropFirst(3).split(separator: 0x2F, omittingEmptySubsequences: false)
        guard parts.count >= 3, parts.suffix(2).allSatisfy(isNumber) else { return false }
        let topic = String(decoding: Array(parts.dropLast(2).joined(separator: [0x2F])), as: UTF8.self)
        // A pool's topic is called after it: `task_queue.gpu`.
        return topics.contains { topic.hasSuffix($0) } || topic.contains("task_queue.")
    }

    private static func isNumber(_ part: ArraySlice<UInt8>) -> Bool {
        !part.isEmpty && part.allSatisfy { (0x30...0x39).contains($0) }
    }
}
