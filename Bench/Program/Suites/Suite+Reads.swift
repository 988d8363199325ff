import BenchReport
import Foundation
import TestSupport

/// B8: people and programs look at runs while the fleet works.
extension Suite {
    static let b8 = Suite(id: "B8", title: "history reads under load: interference") { pace, recorder in
        let load = [Stream("a", .chain(10), inFlight: 64)]
        for _ in 0..<pace.rounds {
            for reads in pace.isShort ? [true] : [false, true] {
                var round = Round(
                    bench: "B8", workload: reads ? "chain of 10, history read" : "chain of 10, nobody reads",
                    subject: .product, pace: pace)
                if reads {
                    round.prepare = { fleet in
                        try fleet.start(
                            "reader", program: Subject.program, arguments: ["reads", latencies(fleet).path])
                    }
                    round.finish = { fleet, found in addReads(fleet, &found[0]) }
                }
                recorder.add(try round.measure([load]))
            }
        }
    }

    private static func latencies(_ fleet: Fleet) -> URL { fleet.folder.appendingPathComponent("reads") }

    private static func addReads(_ fleet: Fleet, _ measurement: inout Trial) {
        let text = (try? String(contentsOf: latencies(fleet), encoding: .utf8)) ?? ""
        let times = text.split(separator: "\n").compactMap { Double($0) }.sorted()
        measurement.others["reads"] = Double(times.count)
        measurement.others["read p50, ms"] = Percentile.of(times, 0.5)
        measurement.others["read p99, ms"] = Percentile.of(times, 0.99)
    }
}

/// Reads histories as fast as they come, one after another, and notes how long each took; until it is ended.
enum HistoryReads {
    static func run(into path: String) throws {
        guard let address = getenv("ORCHESTRATOR_DATABASE_URL"), let file = fopen(path, "w") else {
            throw BenchError("bench reads FILE needs ORCHESTRATOR_DATABASE_URL")
        }
        setvbuf(file, nil, _IOLBF, 1 << 16)
        let link = try PostgresLink(String(cString: address))
        while true {
            let start = Instants.monotonic
            let newest = try link.query("SELECT * FROM flow_run_history ORDER BY created_at DESC LIMIT 50")
            if let run = newest.last?[1] {
                try link.query("SELECT * FROM task_execution_history WHERE run_id = '\(run)' ORDER BY stage_order")
            }
            fputs("\((Instants.monotonic - start) * 1000)\n", file)
            // A hundred a second at most: a busy page, not a second load.
            usleep(10_000)
        }
    }
}
