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
        let mutant = mutant(in: Array(arguments))
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

    /// The bug that `--mutant` names; an unknown name must not pass for a fleet without bugs.
    private static func mutant(in arguments: [String]) -> Mutant? {
        guard let flag = arguments.firstIndex(of: "--mutant") else { return nil }
        let name = flag + 1 < arguments.count ? arguments[flag + 1] : ""
        if let mutant = Mutant(rawValue: name) { return mutant }
        print("no mutant is named \"\(name)\"; there are: \(Mutant.allCases.map(\.rawValue).joined(separator: ", "))")
        exit(2)
    }
}
