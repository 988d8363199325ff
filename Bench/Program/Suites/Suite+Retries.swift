import BenchReport
import TestSupport

/// B5: three in ten tasks fail once and are tried again after 0.2 s.
extension Suite {
    static let b5 = Suite(id: "B5", title: "30 % failing once, tried again after 0.2 s") { pace, recorder in
        var failing = FlowShape(id: "failing-once", widths: [1])
        failing.handler = "fail"
        failing.inputs = #"{"times":1,"error":"connection refused","output":{"value":"${input.value}"}}"#
        failing.extra = #","retry":{"delays":[0.2]}"#
        let share = pace.isShort ? 10 : 100
        let streams = [
            Stream("a", .chain(1), inFlight: 7 * share), Stream("r", failing, inFlight: 3 * share),
        ]
        for _ in 0..<pace.rounds {
            let round = Round(
                bench: "B5", workload: "30 % failing", subject: .product, pace: pace,
                settings: ["RETRY_WORKER_BREAKER_OFF": "fail"], prepare: { try $0.startRetryWorker() },
                finish: { fleet, found in try addLateness(fleet, &found[0]) })
            recorder.add(try round.measure([streams]))
        }
    }

    /// From the end of a failed attempt to the start of the next, beyond the delay that was asked for, by the
    /// executor's own clock: it holds the result's way to the lane, the commit, the worker and the way back.
    private static func addLateness(_ fleet: Fleet, _ measurement: inout Trial) throws {
        let link = try PostgresLink(fleet.database)
        let late = """
            FROM task_attempts a JOIN task_attempts b USING (run_id, task_id)
            WHERE a.attempt = 0 AND b.attempt = 1 AND b.started_at IS NOT NULL
            """
        let error = "extract(epoch FROM b.started_at - a.finished_at) * 1000 - 200"
        for share in [0.5, 0.99] {
            measurement.others["retry starts late, p\(Int(share * 100)), ms"] = try link.number(
                "SELECT percentile_cont(\(share)) WITHIN GROUP (ORDER BY \(error)) \(late)")
        }
        let span = "extract(epoch FROM max(b.started_at) - min(b.started_at))"
        measurement.others["retries/s"] = try link.number("SELECT count(*) / nullif(\(span), 0) \(late)")
    }
}
