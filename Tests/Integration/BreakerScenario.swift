import Foundation
import TestSupport
import Testing

/// The circuit breaker on a handler whose service goes away and comes back.
extension Scenarios {
    @Suite struct Breaker {
        private static let runs = 40
        /// Answers 503 while the file exists, and counts what it is asked.
        private static let server = """
            import http.server, os, sys
            class Handler(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    with open(sys.argv[3], "a") as hits: hits.write("x")
                    self.send_response(503 if os.path.exists(sys.argv[2]) else 200)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                def log_message(self, *_): pass
            http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
            """

        @Test func `it opens, lets canaries and waves out, closes, and every run completes`() throws {
            let settings = [
                "RETRY_WORKER_BREAKER_MINIMUM": "10", "RETRY_WORKER_BREAKER_REST": "3",
                "RETRY_WORKER_BREAKER_CANARIES": "2",
            ]
            try Fleet.with("breaker", orchestrators: 1, executors: 1, retryWorkers: 2, settings: settings) { fleet in
                let (down, hits) = (fleet.folder.path + "/down", fleet.folder.path + "/hits")
                try Data().write(to: URL(fileURLWithPath: down))
                let port = FreePort.next()
                try fleet.start(
                    "server", program: "/usr/bin/env", arguments: ["python3", "-c", Self.server, "\(port)", down, hits])
                let isTaken = Waiting.until(10) { FreePort.isTaken(port) }
                #expect(isTaken)
                // So that a gateway is there: no time for its start while the breaker rests.
                _ = try fleet.command("run", "list")
                let call = Flows.task(
                    "call", "http", inputs: ["url": .string("http://127.0.0.1:\(port)/")],
                    more: ["max_retries": 50, "retry": ["delays": [1]]])
                try fleet.produce((0..<Self.runs).map { Flows.request("r\($0)", flow: Flows.flow([call])) })
                let parked = "select coalesce(sum(parked), 0) from open_breakers"
                try fleet.wait(for: parked, atLeast: Self.runs - 2, seconds: 30)
                try expectItIsShown(fleet)
                let before = try count(hits)
                try fleet.wait(for: "select max(openings) from open_breakers", atLeast: 2, seconds: 30)
                let during = try count(hits) - before
                #expect((1...4).contains(during), "\(during) calls while it was open: canaries only")
                try FileManager.default.removeItem(atPath: down)
                try fleet.waitForRuns(Self.runs, seconds: 60, where: "status = 'completed'")
                try fleet.wait(for: "select count(*) from handler_breakers where state = 'closed'", atLeast: 1)
                #expect(fleet.number("select count(*) from task_retries") == 0)
                let lines = fleet.processes.map(\.logText).joined().split(separator: "\n").filter {
                    $0.contains("circuit breaker") || $0.contains("went out")
                }
                print("figure: breaker: \(try count(hits)) calls in all\n" + lines.joined(separator: "\n"))
                let isTold =
                    lines.contains { $0.contains("canaries") } && lines.contains { $0.contains("the next wave") }
                #expect(isTold)
            }
        }

        private func count(_ file: String) throws -> Int { try Data(contentsOf: URL(fileURLWithPath: file)).count }

        /// In the run's state, in its tasks, and in the metrics.
        private func expectItIsShown(_ fleet: Fleet) throws {
            let runs = try fleet.rows("select run_id from task_retries where parked limit 1", as: [String: String].self)
            let run = try #require(runs.first?["run_id"])
            let tasks = try fleet.command("run", "tasks", run)
            #expect(tasks.text.contains("parked: the circuit breaker of http is "), "\(tasks.text)\(tasks.errors)")
            let shown = try fleet.command("run", "get", run, "-o", "json")
            #expect(shown.text.contains("the circuit breaker of http is "), "\(shown.text)\(shown.errors)")
            let isInMetrics = Waiting.until(10) {
                fleet.processes.contains {
                    $0.get("/metrics")?.body.contains("retry_worker_open_breakers{handler=\"http\"} 1") ?? false
                }
            }
            #expect(isInMetrics)
        }

        @Test func `a handler without one is retried as its policy says`() throws {
            let settings = ["RETRY_WORKER_BREAKER_MINIMUM": "1", "RETRY_WORKER_BREAKER_OFF": "fail,other"]
            try Fleet.with("unbroken", orchestrators: 1, executors: 1, retryWorkers: 1, settings: settings) { fleet in
                try fleet.produce(
                    (0..<10).map { Flows.request("r\($0)", flow: Retries.flow(times: 3, delays: [1.2])) })
                try fleet.waitForRuns(10, seconds: 20, where: "status = 'completed'")
                #expect(fleet.number("select count(*) from handler_breakers") == 0)
            }
        }
    }
}
