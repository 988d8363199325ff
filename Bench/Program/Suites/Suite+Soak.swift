import BenchReport
import TestSupport

/// The soak: half an hour at three quarters of what the fleet can do.
extension Suite {
    static let soak = Suite(id: "soak", title: "30 minutes at 75 % of the most: memory, p99") { pace, recorder in
        let chain = FlowShape.chain(10)
        try Fleet.with("soak", orchestrators: 1, executors: 1) { fleet in
            try Subject.register(chain, in: fleet)
            let driver = try Driver(kafka: fleet.services.kafka, prefix: fleet.topicPrefix, payloadBytes: 100)
            let most = try highest(driver, Stream("a", chain, inFlight: 512), pace)
            let stream = Stream("p", chain, inFlight: 0)
            let slice = pace.isShort ? 2.0 : 60.0
            var minutes: [Trial] = []
            for minute in 1...(pace.isShort ? 3 : 30) {
                minutes.append(try measure(minute, stream, rate: most * 0.75, seconds: slice, driver, fleet))
                recorder.add(minutes.suffix(1))
            }
            recorder.add(whole(minutes))
            guard driver.drain(seconds: 120) == 0 else { throw BenchError("soak: runs did not end") }
        }
    }

    /// The last minute over the tenth's, when everything had found its size: near one is flat.
    private static func whole(_ minutes: [Trial]) -> Trial {
        let (first, last) = (minutes[min(9, minutes.count - 1)], minutes[minutes.count - 1])
        var result = last
        (result.workload, result.others) = ("whole", [:])
        result.seconds = minutes.reduce(0) { $0 + $1.seconds }
        (result.runs, result.steps) = (minutes.reduce(0) { $0 + $1.runs }, minutes.reduce(0) { $0 + $1.steps })
        for (name, value) in last.others {
            result.others["last over tenth minute: \(name)"] = first.others[name].map { value / $0 }
        }
        if let p99 = last.p99, let before = first.p99 { result.others["last over tenth minute: p99"] = p99 / before }
        return result
    }

    private static func highest(_ driver: Driver, _ stream: Stream, _ pace: Pace) throws -> Double {
        try driver.load([stream], seconds: 60) { !driver.ended.isEmpty }
        try driver.load([stream], seconds: pace.isShort ? 1 : 10)
        let (start, before) = (Instants.monotonic, driver.ended[stream.letter] ?? 0)
        try driver.load([stream], seconds: pace.isShort ? 1 : 20)
        let runs = Double((driver.ended[stream.letter] ?? 0) - before)
        let rate = runs / (Instants.monotonic - start)
        driver.drain()
        return rate
    }

    private static func measure(
        _ minute: Int, _ stream: Stream, rate: Double, seconds: Double, _ driver: Driver, _ fleet: Fleet
    ) throws -> Trial {
        driver.reset()
        let (start, before) = (Instants.monotonic, driver.ended[stream.letter] ?? 0)
        try driver.load(stream, perSecond: rate, atMost: Int(rate * seconds))
        let runs = (driver.ended[stream.letter] ?? 0) - before
        var result = Trial(
            bench: "soak", workload: "minute \(minute)", subject: "product", inFlight: driver.inFlight,
            payloadBytes: 100, seconds: Instants.monotonic - start, runs: runs, steps: runs * stream.flow.tasks)
        let sorted = (driver.latencies[stream.letter] ?? []).sorted()
        (result.p50, result.p99) = (Percentile.of(sorted, 0.5), Percentile.of(sorted, 0.99))
        for process in fleet.orchestrators + fleet.executors {
            let kind = process.name.split(separator: "-").first ?? ""
            result.others["memory of the \(kind), MB"] = ProcessTimes.residentBytes(process.pid).map { $0 / 1e6 }
        }
        return result
    }
}
