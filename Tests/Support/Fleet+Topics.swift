import Foundation

/// One record as read back from a topic.
package struct TopicRecord: Sendable, Equatable {
    package let topic: String
    package let partition: Int
    package let offset: Int
    package let value: JSONTree

    package init(topic: String, partition: Int, offset: Int, value: JSONTree) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.value = value
    }
}

/// Events in and out, through kcat: a client that is not ours.
extension Fleet {
    package enum Topic: String, CaseIterable, Sendable {
        case flowRuns = "flow_runs"
        case taskQueue = "task_queue"
        case taskDone = "task_done"
        case taskFailed = "task_failed"
        case deadLetters = "dead_letter_queue"
        case runEvents = "run_events"
    }

    package func name(_ topic: Topic) -> String { topicPrefix + topic.rawValue }

    /// Produces each event as one record, without keys unless given: the partition is then the client's own choice.
    package func produce(_ events: [JSONTree], to topic: Topic = .flowRuns, partition: Int? = nil) throws {
        try produceLines(events.map(\.text), to: topic, partition: partition)
    }

    package func produceLines(_ lines: [String], to topic: Topic = .flowRuns, partition: Int? = nil) throws {
        let file = try scratch(Data(lines.joined(separator: "\n").utf8))
        try kcat(["-P", "-t", name(topic), "-l", file.path], partition: partition)
    }

    /// Produces bytes as they are, one record; nil is a record without a value.
    package func produceRaw(_ bytes: [UInt8]?, key: String = "k", to topic: Topic = .flowRuns, partition: Int? = nil)
        throws
    {
        let arguments = ["-P", "-t", name(topic)]
        if let bytes, !bytes.isEmpty {
            let file = try scratch(Data(bytes))
            return try kcat(arguments + ["-k", key, file.path], partition: partition)
        }
        // A file without bytes is no record to kcat; a line with a key and nothing behind it is.
        let absent = bytes == nil ? ["-Z"] : []
        try kcat(arguments + absent + ["-K", "|"], partition: partition, input: Data("\(key)|\n".utf8))
    }

    private func kcat(_ arguments: [String], partition: Int?, input: Data? = nil) throws {
        let place = partition.map { ["-p", String($0)] } ?? []
        try Command.succeed(
            "kcat", ["-b", services.kafka, "-X", "message.max.bytes=4194304", "-X", "acks=all"] + place + arguments,
            input: input)
    }

    private func scratch(_ data: Data) throws -> URL {
        let file = folder.appendingPathComponent("records-\(UUID().uuidString)")
        try data.write(to: file)
        return file
    }

    /// Everything that is in a topic now.
    package func read(_ topic: Topic) throws -> [TopicRecord] {
        let result = try Command.succeed(
            "kcat",
            [
                "-C", "-b", services.kafka, "-t", name(topic), "-o", "beginning", "-e", "-q", "-X",
                "fetch.message.max.bytes=8388608", "-X", "fetch.wait.max.ms=10", "-f", "%p %o %s\\n",
            ])
        return try result.output.split(separator: UInt8(ascii: "\n")).map { line in
            let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
            guard parts.count == 3, let partition = Int(String(decoding: parts[0], as: UTF8.self)),
                let offset = Int(String(decoding: parts[1], as: UTF8.self))
            else {
                throw CommandFailed(description: "not a record: \(String(decoding: line.prefix(200), as: UTF8.self))")
            }
            let value = (try? JSONTree(text: parts[2])) ?? .string(String(decoding: parts[2], as: UTF8.self))
            return TopicRecord(topic: topic.rawValue, partition: partition, offset: offset, value: value)
        }
    }

    /// The offset that the next record of a partition will get.
    package func end(of topic: Topic, partition: Int) throws -> Int {
        let result = try Command.succeed("kcat", ["-b", services.kafka, "-Q", "-t", "\(name(topic)):\(partition):-1"])
        return result.text.split(separator: " ").last.flatMap {
            Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
        } ?? -1
    }
}
