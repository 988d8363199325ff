import BenchReport
import TestSupport

/// B6: very many runs that wait, beside a load; and another process taking their lanes.
extension Suite {
    static let b6 = Suite(id: "B6", title: "1 M idle runs and a load: memory, take-over") { pace, recorder in
        let count = pace.isShort ? 2_000 : 1_000_000
        var waiting = FlowShape(id: "waiting", widths: [1])
        waiting.extra = #","pool":"idle","timeout":86400"#
        let idle = Stream("w", waiting)
        let settings = ["ORCHESTRATOR_POOLS": "default,idle"]
        try Fleet.with("b6", orchestrators: 0, executors: 0, settings: settings) { fleet in
            try Subject.register(waiting, in: fleet)
            try Subject.register(.chain(10), in: fleet)
            let instance = ["ORCHESTRATOR_INSTANCE_ID": fleet.id]
            let owner = try fleet.startOrchestrator(settings: instance)
            try fleet.startExecutor()
            try fleet.waitUntilSettled()
            let driver = try Driver(kafka: fleet.services.kafka, prefix: fleet.topicPrefix, payloadBytes: 100)
            let load = [Stream("a", .chain(10), inFlight: 64)]
            try driver.load(load, seconds: pace.warming)
            driver.drain()
            let before = ProcessTimes.residentBytes(owner.pid) ?? 0
            let made = try makeIdle(count, idle, driver, fleet)
            let grown = (ProcessTimes.residentBytes(owner.pid) ?? 0) - before
            var result = try loadBeside(load, driver, pace)
            result.others["idle runs"] = Double(count)
            result.others["idle runs made/s"] = Double(count) / made
            result.others["memory of an idle run in the orchestrator, B"] = grown / Double(count)
            let takeover = Takeover(driver, load)
            owner.kill()
            fleet.forget(owner)
            try takeover.begin()
            try fleet.startOrchestrator(settings: instance)
            result.others["take-over beside idle runs, s"] = try takeover.seconds()
            recorder.add(result)
        }
    }

    /// Asks for them all, and waits until they are rows; gives the seconds it took.
    private static func makeIdle(_ count: Int, _ idle: Stream, _ driver: Driver, _ fleet: Fleet) throws -> Double {
        let start = Instants.monotonic
        try driver.load(idle, perSecond: 1e9, atMost: count)
        let link = try PostgresLink(fleet.database)
        let query = "SELECT count(*) FROM flow_run_history WHERE flow_id = '\(idle.flow.id)'"
        let isThere = try Waiting.until(900, every: 0.2) { try link.number(query) ?? 0 >= Double(count) }
        guard isThere else { throw BenchError("B6: \(count) idle runs did not become rows in 900 s") }
        driver.forget(idle)
        return Instants.monotonic - start
    }

    private static func loadBeside(_ load: [Stream], _ driver: Driver, _ pace: Pace) throws -> Trial {
        driver.reset()
        let ended = driver.ended.values.reduce(0, +)
        let start = Instants.monotonic
        try driver.load(load, seconds: pace.measuring)
        let runs = driver.ended.values.reduce(0, +) - ended
        var result = Trial(
            bench: "B6", workload: "chain of 10 beside idle runs", subject: "product", inFlight: 64, payloadBytes: 100,
            seconds: Instants.monotonic - start, runs: runs, steps: runs * 10)
        let sorted = (driver.latencies[load[0].letter] ?? []).sorted()
        (result.p50, result.p99) = (Percentile.of(sorted, 0.5), Percentile.of(sorted, 0.99))
        return result
    }
}
