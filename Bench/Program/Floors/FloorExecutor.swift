import CKafka

/// A floor's executor on one thread: receive what is there, answer each task with its inputs, wait for the reports.
final class FloorExecutor {
    private let settings: FloorSettings
    private let reader: KafkaReader
    private let writer: KafkaWriter
    private let taskDone: OpaquePointer
    private let messages = FloorMessages(worker: Array("bench-floor-executor-0001-abcdef".utf8))
    private var flows: [UInt8: FloorFlow] = [:]
    private var text = FloorText()

    init(_ settings: FloorSettings) throws {
        self.settings = settings
        reader = try KafkaReader(settings.kafka, [(settings.prefix + "task_queue", 12)])
        writer = try KafkaWriter(settings.kafka)
        taskDone = try writer.topic(settings.prefix + "task_done")
        writer.warm(taskDone)
        for stream in settings.streams { flows[stream.letter] = FloorFlow(stream) }
    }

    func turn() throws {
        var (taken, wait) = (0, 100)
        let time = Instants.text(Instants.unixMicroseconds)
        while taken < 1_000, let message = reader.poll(milliseconds: wait) {
            try answer(message.value, time)
            KafkaReader.free(message)
            (taken, wait) = (taken + 1, 0)
        }
        if taken > 0 { try writer.flush() }
    }

    /// All results of a segment are on their way at once.
    private func answer(_ value: UnsafeRawBufferPointer, _ time: [UInt8]) throws {
        let run = FloorPlaces.part(value, FloorPlaces.runID)
        guard let flow = flows[run[RunID.letterAt]] else { return }
        let first = Digits.value(value, FloorPlaces.task)
        let inputs = FloorPlaces.between(value, "\"inputs\":", ",\"attempt\":")
        let lane = Int32(FloorPlaces.between(value, "\"lane\":", ",").first.map { $0 - 48 } ?? 0)
        let last = settings.kind.hasSegments ? flow.layers.count - 1 : first
        for number in first...last {
            let next = number < last ? number + 1 : nil
            let link = settings.kind.hasSegments ? FloorMessages.Link(step: number - first, next: next) : nil
            messages.result(number, of: run, output: inputs, at: time, link, to: &text)
            try text.bytes.withUnsafeBytes { try writer.send(taskDone, lane, key: run, value: $0) }
        }
    }
}
