import BenchReport
import Foundation

/// Keeps what is measured, and says it as it comes.
final class Recorder {
    private(set) var measurements: [Trial] = []

    func add(_ measurement: Trial) {
        measurements.append(measurement)
        let one = measurement
        var words = ["\(Number.text(one.stepsPerSecond)) steps/s"]
        if let p50 = one.p50, let p99 = one.p99 {
            words.append("p50 \(Number.text(p50)) ms, p99 \(Number.text(p99)) ms")
        }
        words.append("µs/step: " + costs(one))
        for (name, figures) in one.allocations.sorted(by: { $0.key < $1.key }) {
            words.append("\(name) \(Number.text(figures.all)) allocations (\(Number.text(figures.swift)) Swift)")
        }
        for (name, value) in one.others.sorted(by: { $0.key < $1.key }) {
            words.append("\(name): \(Number.text(value))")
        }
        let place = "\(one.bench) \(one.workload) \(one.subject) @\(one.inFlight)"
        say(place + ": " + words.joined(separator: ", "))
    }

    private func costs(_ one: Trial) -> String {
        Summary.processes.compactMap { name in
            guard let time = one.processor[name] else { return nil }
            return name + " " + Number.text(time)
        }.joined(separator: " ")
    }

    func add(_ measurements: [Trial]) { for one in measurements { add(one) } }

    func say(_ words: String) { FileHandle.standardError.write(Data((words + "\n").utf8)) }
}
