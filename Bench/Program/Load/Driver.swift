import CKafka

/// Asks for runs and waits for their ends, the same for the product and for its floors: a closed loop of so many runs
/// in flight for each stream, on one thread over raw librdkafka.
///
/// A run lasts from its request until its end is read from `run_events`.
final class Driver {
    private let reader: KafkaReader
    private let writer: KafkaWriter
    private let flowRuns: OpaquePointer
    private var next = 0
    /// When a run was asked for, by its number; far more places than can be in flight.
    private var asked = Array(repeating: 0.0, count: 1 << 21)
    private var payload: [UInt8]
    private var open: [UInt8: Int] = [:]
    private(set) var inFlight = 0
    /// Ends since the last `reset`, with how long each took in milliseconds, by stream.
    private(set) var latencies: [UInt8: [Double]] = [:]
    /// Ends that were read, by stream, since the beginning.
    private(set) var ended: [UInt8: Int] = [:]
    var requested: Int { next }
    /// Called for each end.
    var onEnd: ((_ letter: UInt8, _ number: Int) -> Void)?

    init(kafka: String, prefix: String, payloadBytes: Int) throws {
        reader = try KafkaReader(kafka, [(prefix + "run_events", 4)])
        writer = try KafkaWriter(kafka)
        flowRuns = try writer.topic(prefix + "flow_runs")
        writer.warm(flowRuns)
        payload = Array(repeating: UInt8(ascii: "x"), count: payloadBytes)
        for index in payload.indices { payload[index] = 97 + UInt8((index * 7 + index / 26) % 26) }
    }

    /// Forgets the latencies seen so far.
    func reset() { latencies.removeAll(keepingCapacity: true) }

    /// Keeps every stream's number of runs in flight for so long.
    func load(_ streams: [Stream], seconds: Double, until isEnough: () -> Bool = { false }) throws {
        let deadline = Instants.monotonic + seconds
        while Instants.monotonic < deadline, !isEnough() {
            for stream in streams {
                while (open[stream.letter] ?? 0) < stream.inFlight { try ask(stream) }
            }
            try writer.flush()
            receive(milliseconds: 50)
        }
    }

    /// Asks for so many at a steady pace, whatever comes back.
    func load(_ stream: Stream, perSecond rate: Double, atMost count: Int) throws {
        let start = Instants.monotonic
        var done = 0
        while done < count {
            let due = min(count, Int(min((Instants.monotonic - start) * rate, Double(done + 2_000))))
            while done < due {
                try ask(stream)
                done += 1
            }
            try writer.flush()
            receive(milliseconds: 1)
        }
    }

    /// Runs of this stream are not waited for any more.
    func forget(_ stream: Stream) {
        inFlight -= open[stream.letter] ?? 0
        open[stream.letter] = 0
    }

    /// Waits until nothing is in flight; answers how many are still missing after so long.
    @discardableResult
    func drain(seconds: Double = 60) -> Int {
        let deadline = Instants.monotonic + seconds
        while inFlight > 0, Instants.monotonic < deadline { receive(milliseconds: 50) }
        return inFlight
    }

    func ask(_ stream: Stream) throws {
        let id = RunID.text(stream.letter, next)
        var value = Array("{\"event_type\":\"flow_run_requested\",\"run_id\":\"".utf8)
        value += id
        value += Array("\",\"flow_id\":\"\(stream.flow.id)\",\"input\":{\"value\":\"".utf8)
        value += payload
        value += Array("\"},\"end\":true}".utf8)
        asked[next & 0x1FFFFF] = Instants.monotonic
        try value.withUnsafeBytes { value in
            try id.withUnsafeBytes { try writer.send(flowRuns, Int32(next % 4), key: $0, value: value) }
        }
        next += 1
        inFlight += 1
        open[stream.letter, default: 0] += 1
    }

    private func receive(milliseconds: Int) {
        var wait = milliseconds
        while let message = reader.poll(milliseconds: wait) {
            take(message)
            KafkaReader.free(message)
            wait = 0
        }
    }

    private func take(_ message: KafkaReader.Message) {
        let run = message.key
        // `…"event_type":"flowfleet.run.started"…` is no end; every other announcement is one.
        guard run.count == RunID.length,
            !FloorPlaces.between(message.value, "flowfleet.run.", "\"").elementsEqual("started".utf8)
        else { return }
        let (letter, number) = (run[RunID.letterAt], RunID.number(run))
        let start = asked[number & 0x1FFFFF]
        // An announcement may come twice.
        guard start > 0 else { return }
        asked[number & 0x1FFFFF] = 0
        latencies[letter, default: []].append((Instants.monotonic - start) * 1000)
        ended[letter, default: 0] += 1
        inFlight -= 1
        open[letter, default: 0] -= 1
        onEnd?(letter, number)
    }
}
