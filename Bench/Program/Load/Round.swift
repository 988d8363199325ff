import BenchReport
import TestSupport

/// How long to warm and how long to measure, and how often.
struct Pace {
    let rounds: Int
    let warming: Double
    let measuring: Double
    let isShort: Bool
    var choice = Choice()

    static let full = Pace(rounds: 3, warming: 3, measuring: 8, isShort: false)
    /// A smoke: everything happens once, and no figure is worth keeping.
    static let short = Pace(rounds: 1, warming: 0.3, measuring: 0.7, isShort: true)
}

/// One round of one subject: a fresh database, fresh topics, fresh processes, and one load after the other.
struct Round {
    let bench: String
    let workload: String
    let subject: Subject
    let pace: Pace
    var payloadBytes = 100
    var countsAllocations = false
    var settings: [String: String] = [:]
    /// Starts what else this bench needs; called before the load.
    var prepare: (Fleet) throws -> Void = { _ in }
    /// Adds what else this bench measures; called after the last load.
    var finish: (Fleet, inout [Trial]) throws -> Void = { _, _ in }

    /// - `loads`: the streams of each load, all of the same flows; figures are those of the first stream.
    func measure(_ loads: [[Stream]]) throws -> [Trial] {
        var found: [Trial] = []
        let name = "\(bench)-\(subject.name)".lowercased()
        try Fleet.with(name, orchestrators: 0, executors: 0, settings: settings) { fleet in
            let preload = countsAllocations ? AllocationMeter(fleet) : nil
            try subject.start(in: fleet, loads.first ?? [], preload: preload)
            try prepare(fleet)
            let driver = try Driver(
                kafka: fleet.services.kafka, prefix: fleet.topicPrefix, payloadBytes: payloadBytes)
            let meter = try ServiceMeter(fleet, preload: preload)
            for streams in loads { found.append(try measure(streams, driver, meter)) }
            let sizes = try SizeProbe.measure(fleet, keepsRows: subject.keepsRows)
            for index in found.indices { found[index].sizes = sizes }
            try finish(fleet, &found)
        }
        return found
    }

    private func measure(_ streams: [Stream], _ driver: Driver, _ meter: ServiceMeter) throws -> Trial {
        // The first run tells that everything is up.
        let before = driver.ended.values.reduce(0, +)
        try driver.load(streams, seconds: 60) { driver.ended.values.reduce(0, +) > before }
        try driver.load(streams, seconds: pace.warming)
        driver.reset()
        let ended = driver.ended
        let start = try meter.read()
        try driver.load(streams, seconds: pace.measuring)
        let end = try meter.read()
        let counted = driver.ended.mapValues { $0 }.merging(ended) { $0 - $1 }
        let latencies = driver.latencies
        let missing = driver.drain()
        guard missing == 0 else { throw BenchError("\(bench) \(subject.name): \(missing) runs did not end") }
        return measurement(streams, counted, latencies, start, end)
    }

    private func measurement(
        _ streams: [Stream], _ ended: [UInt8: Int], _ latencies: [UInt8: [Double]], _ start: Counts, _ end: Counts
    ) -> Trial {
        let runs = streams.reduce(0) { $0 + (ended[$1.letter] ?? 0) }
        let steps = streams.reduce(0) { $0 + (ended[$1.letter] ?? 0) * $1.flow.tasks }
        var result = Trial(
            bench: bench, workload: workload, subject: subject.name, inFlight: streams.first?.inFlight ?? 0,
            payloadBytes: payloadBytes, seconds: end.time - start.time, runs: runs, steps: steps)
        let sorted = (latencies[streams.first?.letter ?? 0] ?? []).sorted()
        (result.p50, result.p99) = (Percentile.of(sorted, 0.5), Percentile.of(sorted, 0.99))
        for stream in streams.dropFirst() {
            let beside = (latencies[stream.letter] ?? []).sorted()
            result.others["p50 of \(stream.flow.id) beside it, ms"] = Percentile.of(beside, 0.5)
            result.others["p99 of \(stream.flow.id) beside it, ms"] = Percentile.of(beside, 0.99)
        }
        // Nothing ended, nothing can be said of a step.
        guard steps > 0 else { return result }
        let share = 1 / Double(steps)
        for (name, time) in end.processor {
            result.processor[name] = (time - (start.processor[name] ?? 0)) * share
        }
        result.logBytes = (end.logBytes - start.logBytes) * share
        result.walBytes = (end.walBytes - start.walBytes) * share
        for (name, counts) in end.allocations {
            let first = start.allocations[name] ?? AllocationCounts()
            result.allocations[name] = AllocationFigures(
                all: (counts.all - first.all) * share, swift: (counts.swift - first.swift) * share,
                kafka: (counts.kafka - first.kafka) * share, postgres: (counts.postgres - first.postgres) * share)
        }
        return result
    }
}
