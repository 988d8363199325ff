import BenchReport
import Foundation

/// Keeps what is measured, and says it as it comes.
final class Recorder {
    private(set) var measurements: [Measurement] = []

    func add(_ measurement: Measurement) {
        measurements.append(measurement)
        let one = measurement
        let times = [("p50", one.p50), ("p99", one.p99)].compactMap { name, value in
            value.map { "\(name) \(Number.text($0)) ms" }
        }
        let costs = Summary.processes.compactMap { name in
            one.processor[name].map { "\(name) \(Number.text($0))" }
        }
        let others = one.others.sorted { $0.key < $1.key }.map { "\($0.key): \(Number.text($0.value))" }
        let counts = one.allocations.sorted { $0.key < $1.key }.map { name, figures in
            "\(name) \(Number.text(figures.all)) allocations (\(Number.text(figures.swift)) Swift)"
        }
        let words =
            ["\(Number.text(one.stepsPerSecond)) steps/s"] + times + ["µs/step: " + costs.joined(separator: " ")]
            + counts + others
        say("\(one.bench) \(one.workload) \(one.subject) @\(one.inFlight): " + words.joined(separator: ", "))
    }

    func add(_ measurements: [Measurement]) { for one in measurements { add(one) } }

    func say(_ words: String) { FileHandle.standardError.write(Data((words + "\n").utf8)) }
}
