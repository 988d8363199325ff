import CKafka

/// A floor's turns on one thread: receive what is there, count, commit (not F2), publish, wait for the reports.
final class FloorOrchestrator {
    private let settings: FloorSettings
    private let reader: KafkaReader
    private let writer: KafkaWriter
    private let rows: FloorRows?
    private let mirror: FloorMirror?
    private let messages = FloorMessages(worker: [])
    private var flows: [UInt8: FloorFlow] = [:]
    /// By run number; far more than can be in flight.
    private var runs = Array(repeating: FloorRun(), count: 1 << 17)
    private let flowRuns: OpaquePointer
    private let taskQueue: OpaquePointer
    private let runEvents: OpaquePointer
    private var inbox: [KafkaReader.Message] = []
    private var text = FloorText()
    private var rowText = FloorText()
    private var turns = 0
    private var tasksSent = 0
    private var out: [Outgoing] = []
    private static var nothing: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

    /// A message of this turn, sent once it has committed.
    private struct Outgoing {
        let isEvent: Bool
        let value: [UInt8]
        let run: [UInt8]
        let isEnd: Bool
    }

    init(_ settings: FloorSettings) throws {
        self.settings = settings
        let names = ["flow_runs", "task_done"].map { (settings.prefix + $0, 4) }
        reader = try KafkaReader(settings.kafka, names)
        writer = try KafkaWriter(settings.kafka)
        flowRuns = try reader.topic(settings.prefix + "flow_runs")
        taskQueue = try writer.topic(settings.prefix + "task_queue")
        runEvents = try writer.topic(settings.prefix + "run_events")
        writer.warm(taskQueue)
        writer.warm(runEvents)
        rows = settings.kind.keepsRows ? try FloorRows(settings.postgres) : nil
        mirror = settings.kind.showsRuns ? try FloorMirror(settings.redis, prefix: settings.prefix) : nil
        for stream in settings.streams { flows[stream.letter] = FloorFlow(stream) }
    }

    func turn() throws {
        receive()
        guard !inbox.isEmpty else { return }
        let now = Instants.unixMicroseconds
        let time = Instants.text(now)
        for message in inbox { take(message, now, time) }
        try rows?.commit()
        try publish()
        try mirror?.send()
        for message in inbox { KafkaReader.free(message) }
        inbox.removeAll(keepingCapacity: true)
        turns += 1
    }

    private func receive() {
        var wait = 100
        while inbox.count < 1_000, let message = reader.poll(milliseconds: wait) {
            inbox.append(message)
            wait = 0
        }
    }

    private func take(_ message: KafkaReader.Message, _ now: Int64, _ time: [UInt8]) {
        let isRequest = rd_kafka_topic_name(message.pointee.rkt) == rd_kafka_topic_name(flowRuns)
        rows?.note(lane: message.pointee.partition, topic: isRequest ? 0 : 1, offset: message.pointee.offset)
        if isRequest { begin(message, now, time) } else { advance(message, now, time) }
    }

    private func begin(_ message: KafkaReader.Message, _ now: Int64, _ time: [UInt8]) {
        let run = message.key
        guard run.count == RunID.length, let flow = flows[run[RunID.letterAt]] else { return }
        let lane = message.pointee.partition
        let input = FloorPlaces.between(message.value, "\"input\":", ",\"end\":")
        rows?.addRun(run, flow: flow.id, input: input, lane: lane, at: now, &rowText)
        runs[RunID.number(run) & 0x1FFFF] = FloorRun(lane: lane, waitingFor: flow.widths[0])
        announce(run, flow, isEnd: false, time)
        dispatch(layer: 0, of: run, flow, inputs: input, lane, time)
    }

    private func advance(_ message: KafkaReader.Message, _ now: Int64, _ time: [UInt8]) {
        let value = message.value
        let run = FloorPlaces.part(value, FloorPlaces.runID)
        guard let flow = flows[run[RunID.letterAt]] else { return }
        let number = Digits.value(value, FloorPlaces.task)
        let task = FloorPlaces.part(value, (FloorPlaces.task.lowerBound - 1)..<FloorPlaces.task.upperBound)
        let output = FloorPlaces.between(value, "\"output\":", ",\"status\":")
        let worker = FloorPlaces.between(value, "\"worker_id\":\"", "\"")
        let lane = message.pointee.partition
        let next = settings.kind.hasSegments ? FloorPlaces.between(value, "\"next\":\"", "\"") : Self.nothing
        rows?.addTask(task, number: number, of: run, payload: output, worker: worker, next: next, lane: lane, at: now)
        let layer = flow.layers[number]
        let place = RunID.number(run) & 0x1FFFF
        runs[place].waitingFor -= 1
        guard runs[place].waitingFor == 0 else { return }
        guard layer + 1 < flow.widths.count else {
            rows?.addEnding(run, last: task, output: output, at: now, &rowText)
            mirror?.show(run, flow: flow.id, tasks: flow.layers.count, at: time, batch: turns)
            return announce(run, flow, isEnd: true, time)
        }
        runs[place].waitingFor = flow.widths[layer + 1]
        if !settings.kind.hasSegments { dispatch(layer: layer + 1, of: run, flow, inputs: output, lane, time) }
    }

    private func dispatch(
        layer: Int, of run: UnsafeRawBufferPointer, _ flow: FloorFlow, inputs: UnsafeRawBufferPointer, _ lane: Int32,
        _ time: [UInt8]
    ) {
        let rest = settings.kind.hasSegments ? 1..<flow.layers.count : nil
        for number in flow.firsts[layer]..<flow.firsts[layer + 1] {
            messages.task(
                number, of: run, flow: flow.id, inputs: inputs, lane: lane, at: time, then: rest, to: &text)
            out.append(Outgoing(isEvent: false, value: text.bytes, run: [], isEnd: false))
        }
    }

    private func announce(_ run: UnsafeRawBufferPointer, _ flow: FloorFlow, isEnd: Bool, _ time: [UInt8]) {
        messages.event(isEnd: isEnd, of: run, flow: flow.id, at: time, to: &text)
        out.append(Outgoing(isEvent: true, value: text.bytes, run: Array(run), isEnd: isEnd))
    }

    /// Tasks of a turn go to one partition, which makes one request of them, unless this floor spreads them.
    private var partition: Int32 { Int32((settings.kind.tasksInARow.map { tasksSent / $0 } ?? turns) % 12) }

    private func publish() throws {
        for message in out {
            try message.value.withUnsafeBytes { value in
                guard message.isEvent else {
                    try writer.send(taskQueue, partition, key: nil, value: value)
                    tasksSent += 1
                    return
                }
                try message.run.withUnsafeBytes { run in
                    let headers = messages.headers(isEnd: message.isEnd, of: run)
                    try writer.send(runEvents, -1, key: run, value: value, headers: headers)
                }
            }
        }
        out.removeAll(keepingCapacity: true)
        try writer.flush()
    }
}
