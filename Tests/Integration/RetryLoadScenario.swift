import Foundation
import TestSupport
import Testing

/// How fast and how punctual retry workers are: rows written by hand, so that nothing but the worker is measured.
extension Scenarios {
    @Suite struct RetryLoad {
        /// A line of `task_queue`: when the record was made and what it says.
        private func published(_ fleet: Fleet) throws -> [(milliseconds: Double, value: JSONTree)] {
            let result = try Command.succeed(
                "kcat",
                [
                    "-C", "-b", fleet.services.kafka, "-t", fleet.name(.taskQueue), "-o", "beginning", "-e", "-q",
                    "-f", "%T %s\\n",
                ])
            return try result.output.split(separator: UInt8(ascii: "\n")).map { line in
                let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 1)
                let time = Double(String(decoding: parts[0], as: UTF8.self)) ?? 0
                return (time, try JSONTree(text: parts[1]))
            }
        }

        /// - `due`: SQL for the due time of row `n`.
        private func add(_ count: Int, due: String, padding: Int = 1, to fleet: Fleet) throws {
            try fleet.execute(
                """
                insert into task_retries (run_id, task_id, attempt, due_at, message)
                select 'run-' || n, 't', 1, at, jsonb_build_object(
                    'run_id', 'run-' || n, 'task_id', 't', 'handler', 'echo', 'tenant_id', 'default', 'attempt', 1,
                    'message_id', 'run-' || n || '/t/1', 'due', extract(epoch from at) * 1000,
                    'inputs', repeat('x', \(padding)))
                from generate_series(1, \(count)) n, lateral (select \(due) as at) d
                """)
        }

        @Test func `fifty thousand retries due at once are back on the queue within fifteen seconds`() throws {
            try Fleet.with("burst", orchestrators: 0, executors: 0, retryWorkers: 2) { fleet in
                try add(50_000, due: "now() + interval '8 s'", padding: 500, to: fleet)
                try fleet.wait(for: "select count(*) from task_retries where due_at <= now()", atLeast: 1)
                let began = ContinuousClock.now
                let isDone = Waiting.until(60, every: 0.05) { fleet.number("select count(*) from task_retries") == 0 }
                let seconds = (ContinuousClock.now - began).seconds
                let messages = try published(fleet)
                let ids = Set(messages.compactMap { $0.value["message_id"]?.string })
                print("figure: burst: 50,000 retries in \(seconds) s by two workers, \(messages.count) messages")
                #expect(isDone && seconds < 15, "\(seconds) s")
                #expect(ids.count == 50_000 && messages.count == 50_000)
            }
        }

        @Test func `an idle worker publishes within a tenth of a second of the due time`() throws {
            try Fleet.with("idle", orchestrators: 0, executors: 0, retryWorkers: 1) { fleet in
                try add(200, due: "now() + interval '2 s' + n * interval '43 ms'", to: fleet)
                try fleet.wait(for: "select 200 - count(*) from task_retries", atLeast: 200)
                let errors = try published(fleet).map { $0.milliseconds - ($0.value["due"]?.number ?? 0) }.sorted()
                #expect(errors.count == 200)
                print("figure: due-time error p50 \(errors[100]) ms, p99 \(errors[197]) ms, worst \(errors[199]) ms")
                #expect(errors[0] > -2, "published before it was due")
                #expect(errors[197] < 100)
            }
        }

        @Test func `what a day of downtime left is paced, and what is due now does not wait behind it`() throws {
            let settings = ["RETRY_WORKER_RATE": "200"]
            try Fleet.with("paced", orchestrators: 0, executors: 0, settings: settings) { fleet in
                try add(2_000, due: "now() - interval '1 day'", to: fleet)
                try fleet.startRetryWorker()
                let left = "select count(*) from task_retries"
                let hasBegun = Waiting.until(20) { fleet.number(left) ?? 2_000 < 1_900 }
                #expect(hasBegun)
                try fleet.execute(
                    """
                    insert into task_retries (run_id, task_id, attempt, due_at, message)
                    values ('fresh', 't', 1, now(), '{"handler":"echo","message_id":"fresh/t/1"}')
                    """)
                let began = ContinuousClock.now
                let before = fleet.number(left) ?? 0
                let isOut = Waiting.until(5, every: 0.02) { fleet.number("\(left) where run_id = 'fresh'") == 0 }
                #expect(isOut)
                let waited = (ContinuousClock.now - began).seconds
                Waiting.forSeconds(2)
                let rate = Double(before - (fleet.number(left) ?? 0)) / (ContinuousClock.now - began).seconds
                print("figure: paced: \(rate) messages a second of 200 asked; a fresh retry waited \(waited) s")
                #expect((100...260).contains(rate) && waited < 1)
            }
        }
    }
}
