import Foundation
import Testing

@testable import Platform

@Suite struct MetricsTests {
    private func text(_ registry: MetricsRegistry) -> String { String(decoding: registry.text(), as: UTF8.self) }

    @Test func `counters, gauges and histograms are written in the text format`() {
        let registry = MetricsRegistry()
        let counter = registry.counter("a_total", "All \\ a.\nReally.")
        let gauge = registry.gauge("b", "How many b.")
        let histogram = registry.histogram("c_seconds", "How long.", bounds: [0.1, 1])
        counter.add(3)
        gauge.set(2.5)
        gauge.add(-1)
        for value in [0.05, 0.1, 0.5, 7] { histogram.record(value) }
        #expect(
            text(registry) == """
                # HELP a_total All \\\\ a.\\nReally.
                # TYPE a_total counter
                a_total 3
                # HELP b How many b.
                # TYPE b gauge
                b 1.5
                # HELP c_seconds How long.
                # TYPE c_seconds histogram
                c_seconds_bucket{le="0.1"} 2
                c_seconds_bucket{le="1"} 3
                c_seconds_bucket{le="+Inf"} 4
                c_seconds_sum 7.65
                c_seconds_count 4

                """)
    }

    @Test func `labels are escaped and come in a stable order`() {
        let registry = MetricsRegistry()
        let family = registry.counters("x_total", "X.", labels: ["status"], known: [["failed"]])
        family.with("a\"b\\c\nd").add()
        #expect(text(registry).contains("x_total{status=\"a\\\"b\\\\c\\nd\"} 1\nx_total{status=\"failed\"} 0\n"))
    }

    @Test func `a label beyond its limit is counted as other, known values go on`() {
        let registry = MetricsRegistry()
        let family = registry.counters("x_total", "X.", labels: [MetricLabel("task", limit: 3), "handler"])
        for number in 0..<50 { family.with("t\(number)", "echo").add() }
        family.with("t1", "echo").add()
        let lines = text(registry).split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.count == 4)
        #expect(lines.contains("x_total{task=\"other\",handler=\"echo\"} 47"))
        #expect(lines.contains("x_total{task=\"t1\",handler=\"echo\"} 2"))
    }

    @Test func `adding from many threads loses nothing`() {
        let registry = MetricsRegistry()
        let (counter, gauge) = (registry.counter("a_total", "A."), registry.gauge("b", "B."))
        let pool = ThreadPool("add", threads: 4, queueLimit: 100)
        for _ in 0..<40 {
            pool.submit {
                for _ in 0..<1000 {
                    counter.add()
                    gauge.add()
                }
            }
        }
        #expect(pool.stop(within: .seconds(20)))
        #expect(counter.value == 40_000)
        #expect(gauge.value == 40_000)
    }

    @Test func `the names of the contract are there from the start`() {
        let registry = MetricsRegistry()
        _ = OrchestratorMetrics(registry)
        let names = registry.declarations.map(\.name)
        for name in [
            "orchestrator_flow_runs_processed_total", "orchestrator_run_execution_seconds", "orchestrator_active_runs",
            "orchestrator_tasks_scheduled_total", "orchestrator_tasks_completed_total",
            "orchestrator_task_execution_seconds", "orchestrator_active_tasks", "orchestrator_retry_attempts_total",
            "orchestrator_dead_letter_queue_size",
        ] {
            #expect(names.contains(name))
        }
        #expect(text(registry).contains("orchestrator_tasks_completed_total{status=\"succeeded\"} 0\n"))
    }

    @Test func `the process tells what it costs`() {
        let registry = MetricsRegistry()
        _ = ProcessMetrics(registry)
        let values = Dictionary(
            uniqueKeysWithValues: text(registry).split(separator: "\n").filter { !$0.hasPrefix("#") }
                .map { $0.split(separator: " ") }.map { (String($0[0]), Double($0[1]) ?? -1) })
        #expect((values["process_cpu_seconds_total"] ?? 0) > 0)
        #expect((values["process_resident_memory_bytes"] ?? 0) > 1_000_000)
        #expect((values["process_open_fds"] ?? 0) >= 3)
        #expect((values["process_start_time_seconds"] ?? 0) > 1_700_000_000)
    }

    @Test(.enabled("promtool is not installed here (Debian package: prometheus)") { Promtool.path != nil })
    func `promtool finds nothing wrong with the metrics of any program`() throws {
        let path = try #require(Promtool.path)
        for registry in MetricsTests.programs.map(\.registry) {
            let answer = try Promtool.check(path, registry.text())
            #expect(answer.status == 0, "\(answer.text)")
            #expect(answer.text == "")
        }
    }

    /// Each program's metrics, with a member in each family.
    static var programs: [(name: String, registry: MetricsRegistry)] {
        let (orchestrator, executor, retries) = (MetricsRegistry(), MetricsRegistry(), MetricsRegistry())
        let drainer = MetricsRegistry()
        let first = OrchestratorMetrics(orchestrator)
        let second = ExecutorMetrics(executor)
        let third = RetryWorkerMetrics(retries)
        _ = (ProcessMetrics(orchestrator), ProcessMetrics(executor), ProcessMetrics(retries))
        let fourth = DrainerMetrics(drainer)
        _ = ProcessMetrics(drainer)
        let gateway = MetricsRegistry()
        GatewayMetrics(gateway).note("GET /v1/runs", 200, nanoseconds: 1_000_000)
        _ = ProcessMetrics(gateway)
        let courier = MetricsRegistry()
        let sixth = CourierMetrics(courier)
        _ = ProcessMetrics(courier)
        sixth.sessionsClosed.with("result", "deep").add()
        sixth.persisted.with("session_closed", "deep").add()
        sixth.latency.with("webhook").record(0.01)
        fourth.open.with("permanent").set(1)
        fourth.oldestSeconds.with("permanent").set(1)
        fourth.kept.with("permanent").add()
        third.published.with("http").add()
        third.openBreakers.with("http").set(1)
        first.taskSeconds.with("echo").record(0.01)
        first.retryAttempts.with("fetch", "http").add()
        second.tasks.with("echo", "succeeded").add()
        second.taskSeconds.with("echo").record(.milliseconds(3))
        return [
            ("flowfleet-orchestrator", orchestrator), ("flowfleet-executor", executor),
            ("flowfleet-retry-worker", retries), ("flowfleet-drainer", drainer),
            ("flowfleet-gateway", gateway), ("flowfleet-courier", courier),
        ]
    }
}

/// Prometheus' own checker.
enum Promtool {
    static var path: String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { $0 + "/promtool" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    static func check(_ path: String, _ metrics: [UInt8]) throws -> (status: Int32, text: String) {
        let (process, input, output) = (Process(), Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["check", "metrics"]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: metrics)
        try input.fileHandleForWriting.close()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: text, as: UTF8.self))
    }
}
