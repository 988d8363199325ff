import JSON
import Workflow

/// I10: a committed offset never passes a task whose result is not on the topics, nor does its window mark one as done.
extension Checks {
    func executorCommitted(_ partition: Int32, _ offset: Int64, _ metadata: [UInt8]) {
        let records = world.log.taskQueue.partitions[Int(partition)]
        // A truncated log gives offsets again: what was verified there says nothing any more.
        for position in min(verified[partition, default: 0], records.end)..<max(offset, verified[partition, default: 0])
        {
            expectAnswer(records[position], "the offset committed for task partition \(partition)")
        }
        verified[partition] = max(offset, verified[partition, default: 0])
        for (index, mark) in Self.marks(metadata).enumerated() where mark == 3 {
            expectAnswer(records[offset + Int64(index)], "the window committed for task partition \(partition)")
        }
    }

    /// Somebody else's executor keeps to nothing: what it commits is not looked at.
    func foreignCommitted(_ partition: Int32, _ offset: Int64) {
        verified[partition] = max(offset, verified[partition, default: 0])
    }

    private func expectAnswer(_ record: SimRecord?, _ what: String) {
        guard let record, let value = record.value else { return }
        let key = Self.attempt(JSONValue(trusted: value))
        let isSegment = JSONValue(trusted: value).member("then") != nil
        guard isSegment ? !isAnswered(key) : answers(for: key).isEmpty && holds[key] == nil else { return }
        fail("I10", "\(what) passes \(key.runID)/\(key.taskID)/\(key.attempt), which nobody answered")
    }

    /// The window of commit metadata by its contract: a version, a mark, base64 of two bits an offset.
    private static func marks(_ metadata: [UInt8]) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var (bits, marks): (UInt32, [UInt8]) = (0, [])
        var count = 0
        for letter in metadata.dropFirst(2) {
            guard let value = alphabet.firstIndex(of: letter) else { break }
            (bits, count) = (bits << 6 | UInt32(value), count + 6)
            guard count >= 8 else { continue }
            count -= 8
            let byte = UInt8(truncatingIfNeeded: bits >> UInt32(count))
            for pair in 0..<4 { marks.append(byte >> UInt8(pair * 2) & 3) }
        }
        return marks
    }
}
