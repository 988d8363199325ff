import BenchReport
import Foundation
import TestSupport

/// The gateway beside bare libmicrohttpd: runs asked for and looked at, as fast as it goes and at half of that.
extension Suite {
    static let api = Suite(id: "api", title: "the HTTP API, with the fleet behind it") { pace, recorder in
        for _ in 0..<pace.rounds {
            try Fleet.with("api", orchestrators: 1, executors: 1) { fleet in
                let round = try WebRound(fleet, pace)
                try round.measure(recorder)
            }
        }
    }
}

/// One round: a fresh fleet with a gateway, and a floor that answers with as many bytes.
private struct WebRound {
    let fleet: Fleet
    let pace: Pace
    let gateway: Gateway
    let meter: ServiceMeter
    /// Runs that have ended, to look at.
    let known: [String]
    private static let flow =
        #"{"flow_id":"one","tasks":[{"task_id":"t","handler":"echo","inputs":{"value":"${input.value}"}}]}"#
    private static let body = #"{"flow_id":"one","input":{"value":"x"}}"#

    init(_ fleet: Fleet, _ pace: Pace) throws {
        (self.fleet, self.pace) = (fleet, pace)
        gateway = try fleet.startGateway(settings: ["GATEWAY_CONNECTIONS_PER_ADDRESS": "1000"])
        meter = try ServiceMeter(fleet)
        let flow = try JSONTree(text: Data(Self.flow.utf8))
        guard try gateway.call("PUT", "/v1/flows/one", flow).status == 201 else {
            throw BenchError("the flow was not taken")
        }
        known = try Self.ended(pace.isShort ? 5 : 50, gateway)
    }

    /// The addresses of so many runs that have ended.
    private static func ended(_ count: Int, _ gateway: Gateway) throws -> [String] {
        guard case .object(var run) = try JSONTree(text: Data(body.utf8)) else { return [] }
        return try (0..<count).map { number in
            run["run_id"] = .string("known-\(number)")
            let made = try gateway.call("POST", "/v1/runs?wait=20", .object(run))
            guard made["status"] == "completed" else { throw BenchError("a run did not end: \(made.text)") }
            return "/v1/runs/known-\(number)"
        }
    }

    func measure(_ recorder: Recorder) throws {
        let start = ProcessTimes.residentBytes(gateway.process.pid) ?? 0
        let post = WebLoad(method: "POST", paths: ["/v1/runs"], body: Self.body)
        let get = WebLoad(method: "GET", paths: known)
        try measure(post, "POST /v1/runs", recorder)
        try measure(get, "GET /v1/runs/{id}", recorder)
        let grown = (ProcessTimes.residentBytes(gateway.process.pid) ?? 0) - start
        recorder.say("the gateway's memory: \(Number.text(start / 1e6)) MB, then \(Number.text(grown / 1e6)) MB more")
    }

    private func measure(_ load: WebLoad, _ name: String, _ recorder: Recorder) throws {
        _ = try load.run(at: gateway.url(""), seconds: pace.isShort ? 1 : 3, in: fleet.folder)
        let most = try trial(load, name, "product", gateway.url(""), recorder)
        var half = load
        half.pause = max(1, Double(load.connections) / (most.perSecond / 2) * 1_000 - most.p50 / 2)
        _ = try trial(half, name + ", at half of that", "product", gateway.url(""), recorder)
        let floor = try Floor(answering: most.bytes / max(1, most.requests), in: fleet)
        defer { _ = floor.process.terminate() }
        _ = try trial(load, name, "bare libmicrohttpd", floor.address, recorder)
    }

    private func trial(
        _ load: WebLoad, _ name: String, _ subject: String, _ address: String, _ recorder: Recorder
    ) throws -> WebLoad.Found {
        let start = try meter.read()
        let found = try load.run(at: address, seconds: pace.isShort ? 1 : pace.measuring, in: fleet.folder)
        let end = try meter.read()
        var trial = Trial(
            bench: "api", workload: name, subject: subject, inFlight: load.connections,
            payloadBytes: load.body?.utf8.count ?? 0, seconds: found.seconds, runs: found.requests,
            steps: found.requests)
        (trial.p50, trial.p99) = (found.p50, found.p99)
        let share = 1 / Double(max(1, found.requests))
        for (name, time) in end.processor { trial.processor[name] = (time - (start.processor[name] ?? 0)) * share }
        trial.sizes["answer"] = Double(found.bytes) * share
        recorder.add([trial])
        return found
    }

    /// Bare libmicrohttpd in a process of its own.
    private struct Floor {
        let process: FleetProcess
        let address: String
        /// What libmicrohttpd itself says in each answer.
        private static let headBytes = 120

        init(answering bytes: Int, in fleet: Fleet) throws {
            let port = FreePort.next()
            let address = "http://127.0.0.1:\(port)"
            let body = String(repeating: "x", count: max(1, bytes - Self.headBytes))
            process = try fleet.start(
                "floor-gateway", program: Subject.program, arguments: ["server", String(port), body])
            self.address = address
            let isThere = Waiting.until(10) { (try? Command.run("curl", ["-sf", address]))?.status == 0 }
            guard isThere else { throw BenchError("the floor's server does not answer") }
        }
    }
}
