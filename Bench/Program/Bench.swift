import BenchReport
import Foundation
import TestSupport

/// One run of the bench: warms the broker, plays the suites, writes the report.
struct Bench {
    private let arguments: Arguments
    private let recorder = Recorder()

    init(_ arguments: Arguments) { self.arguments = arguments }

    func run() throws {
        try warm()
        for suite in arguments.suites {
            recorder.say("== \(suite.id): \(suite.title)")
            try suite.run(arguments.pace, recorder)
        }
        try report()
    }

    /// A fresh broker is several times slower for its first seconds; so is a fresh Postgres.
    private func warm() throws {
        recorder.say("== warming the services")
        let pace = Pace(rounds: 1, warming: 0.2, measuring: arguments.isShort ? 0.5 : 20, isShort: arguments.isShort)
        let round = Round(bench: "warm", workload: "chain", subject: .floor(.f3), pace: pace)
        _ = try round.measure([[Stream("a", .chain(10), inFlight: 512)]])
    }

    private func report() throws {
        let formatter = DateFormatter()
        formatter.dateFormat = "yyyy-MM-dd"
        formatter.timeZone = TimeZone(identifier: "UTC")
        let date = formatter.string(from: Date())
        let folder = URL(fileURLWithPath: arguments.folder)
        let plots = folder.appendingPathComponent("\(date)-plots")
        try FileManager.default.createDirectory(at: plots, withIntermediateDirectories: true)
        let summary = Summary(recorder.measurements)
        let page = ReportPage(
            summary, date: date, machine: Machine.description, plotFolder: plots.lastPathComponent)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let record = Record(date: date, machine: Machine.description, measurements: summary.figures.flatMap(\.rounds))
        try encoder.encode(record).write(to: folder.appendingPathComponent("\(date).json"))
        try Data(page.text.utf8).write(to: folder.appendingPathComponent("\(date).md"))
        for (name, chart) in summary.charts {
            try Data(chart.svg.utf8).write(to: plots.appendingPathComponent(name + ".svg"))
        }
        print("\n" + page.terminal)
        print("\nreport: \(arguments.folder)/\(date).md")
    }
}

/// The JSON file.
private struct Record: Codable {
    let date: String
    let machine: String
    let measurements: [Trial]
}

/// What the figures were measured on.
enum Machine {
    static var description: String {
        let processor = SmallFile.text("/proc/cpuinfo")?.split(separator: "\n").first { $0.hasPrefix("model name") }
        let model = processor?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
        let configuration = ProcessInfo.processInfo.environment["FLOWFLEET_CONFIGURATION"] ?? "release"
        let cores = ProcessInfo.processInfo.activeProcessorCount
        return "\(cores) cores (\(model)), \(configuration) build, everything on one machine, Postgres with fsync on."
    }
}
