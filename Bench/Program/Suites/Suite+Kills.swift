import BenchReport
import TestSupport

/// B7: an orchestrator is killed under load, and nothing is lost.
extension Suite {
    static let b7 = Suite(id: "B7", title: "SIGKILL under load: time to resume, lost, executed twice") {
        pace, recorder in
        for _ in 0..<pace.rounds {
            recorder.add(try kill(pace, isStatic: true))
            if !pace.isShort { recorder.add(try kill(pace, isStatic: false)) }
        }
    }

    /// - `isStatic`: members keep their names, and the killed one comes back at once; else the other one takes over
    ///   when the session has ended.
    private static func kill(_ pace: Pace, isStatic: Bool) throws -> Trial {
        let chain = FlowShape.chain(10)
        let load = [Stream("a", chain, inFlight: 64)]
        let workload = isStatic ? "kill, static member back" : "kill, session of 6 s"
        var result = Trial(
            bench: "B7", workload: workload, subject: "product", inFlight: 64, payloadBytes: 100, seconds: 0, runs: 0,
            steps: 0)
        try Fleet.with("b7", orchestrators: 0, executors: 0) { fleet in
            try Subject.register(chain, in: fleet)
            let names = (0..<2).map { isStatic ? ["ORCHESTRATOR_INSTANCE_ID": "\(fleet.id)-\($0)"] : [:] }
            let victim = try fleet.startOrchestrator(settings: names[0])
            try fleet.startOrchestrator(settings: names[1])
            for _ in 0..<2 { try fleet.startExecutor() }
            try fleet.waitUntilSettled()
            let driver = try Driver(kafka: fleet.services.kafka, prefix: fleet.topicPrefix, payloadBytes: 100)
            let start = Instants.monotonic
            try driver.load(load, seconds: pace.warming + pace.measuring)
            let takeover = Takeover(driver, load)
            victim.kill()
            fleet.forget(victim)
            try takeover.begin()
            if isStatic { try fleet.startOrchestrator(settings: names[0]) }
            result.others["until every lane goes on, s"] = try takeover.seconds()
            try driver.load(load, seconds: pace.measuring / 2)
            let missing = driver.drain()
            result.seconds = Instants.monotonic - start
            result.runs = driver.ended.values.reduce(0, +)
            result.steps = result.runs * 10
            result.others["runs lost"] = Double(missing)
            result.others["results more than steps"] = Double(try results(fleet) - result.steps)
        }
        return result
    }

    private static func results(_ fleet: Fleet) throws -> Int {
        try (0..<4).reduce(0) { $0 + (try fleet.end(of: .taskDone, partition: $1)) }
    }
}
