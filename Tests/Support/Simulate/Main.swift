import Glibc
import Simulation

/// Runs the simulator: `simulate FIRST COUNT [--trace] [--mutant NAME] [--counters]`.
@main
enum Main {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        let numbers = arguments.compactMap { UInt64($0) }
        let first = numbers.first ?? 1
        let count = numbers.count > 1 ? numbers[1] : 1
        let traces = arguments.contains("--trace")
        let mutant = arguments.firstIndex(of: "--mutant").flatMap { Mutant(rawValue: arguments[$0 + 1]) }
        var counters: [String: Int] = [:]
        var failures = 0
        for seed in first..<first + count {
            if arguments.contains("--seeds") {
                print("seed \(seed)")
                fflush(nil)
            }
            let report = Simulation.run(seed: seed, mutant: mutant, traces: traces)
            counters.merge(report.counters, uniquingKeysWith: +)
            for line in report.trace { print(line) }
            guard let violation = report.violation else { continue }
            defer { fflush(nil) }
            failures += 1
            print("FAIL seed \(seed) \(violation.invariant): \(violation.sentence)")
            if mutant != nil || failures >= 20 { break }
        }
        if arguments.contains("--counters") {
            for (name, value) in counters.sorted(by: { $0.key < $1.key }) { print("COUNT \(value) \(name)") }
        }
        print("DONE \(count) seeds, \(failures) failed")
        exit(failures == 0 ? 0 : 1)
    }
}
