import Foundation
import TestSupport
import Testing

/// What callers of the API see while something behind it is away, and that they all get an end.
extension Scenarios {
    @Suite(.serialized, .durableServices) struct GatewayFaults {
        private let request: JSONTree = ["flow_id": "inline", "flow_definition": Flows.chain(1)]

        private func timed(_ body: () throws -> Gateway.Answer) rethrows -> (answer: Gateway.Answer, seconds: Double) {
            let began = ContinuousClock.now
            let answer = try body()
            return (answer, (ContinuousClock.now - began).seconds)
        }

        @Test(arguments: [Services.Name.kafka, .postgres])
        func `while a service is away the answer is 503 within two seconds, and all goes on when it is back`(
            _ name: Services.Name
        ) throws {
            try Fleet.with("away", orchestrators: 1, executors: 1) { fleet in
                let gateway = try fleet.startGateway()
                #expect(try gateway.call("POST", "/v1/runs?wait=10", request)["status"] == "completed")
                try fleet.services.kill(name)
                for _ in 0..<5 {
                    let (answer, seconds) = try timed { try gateway.call("POST", "/v1/runs", request) }
                    #expect(answer.status == 503 && answer.headers["retry-after"] != nil, "\(answer.text)")
                    #expect(seconds < 2.3, "answered after \(seconds) s")
                }
                if name == .postgres {
                    for path in ["/v1/runs/x", "/v1/runs", "/v1/flows", "/v1/runs/x/result?wait=20"] {
                        let (answer, seconds) = try timed { try gateway.get(path) }
                        #expect(answer.status == 503 && seconds < 2.3, "\(path): \(seconds) s, \(answer.text)")
                    }
                }
                try fleet.services.restart(name)
                let isBack = try Waiting.until(30) { try gateway.call("POST", "/v1/runs", request).status == 202 }
                #expect(isBack)
                let isReady = Waiting.until(10) { gateway.process.get("/readyz")?.status == 200 }
                #expect(isReady)
            }
        }

        @Test func `a stop answers what is under way, tells waiters, ends streams, and leaves with 0`() throws {
            try Fleet.with("stop", orchestrators: 0, executors: 0) { fleet in
                let gateway = try fleet.startGateway()
                let slow: JSONTree = ["run_id": "slow", "flow_id": "inline", "flow_definition": Flows.chain(1)]
                #expect(try gateway.call("POST", "/v1/runs", slow).status == 202)
                let waiter = try fleet.start(
                    "waiter", program: "/usr/bin/curl",
                    arguments: ["-s", "-w", "%{http_code}", gateway.url("/v1/runs/slow/result?wait=60")])
                let stream = try fleet.start(
                    "stream", program: "/usr/bin/curl", arguments: ["-sN", gateway.url("/v1/stream")])
                let isOpen = Waiting.until(5) { stream.logText.contains(": connected") }
                #expect(isOpen)
                let code = gateway.process.terminate(within: 15)
                #expect(code == 0)
                let hasEnded = Waiting.until(5) { !waiter.isRunning && !stream.isRunning }
                #expect(hasEnded)
                #expect(waiter.logText.contains("202") || waiter.logText.contains("503"), "\(waiter.logText)")
            }
        }

        @Test func `a stream tells what happens to a run, and what was missed to who comes back`() throws {
            try Fleet.with("stream", orchestrators: 1, executors: 1) { fleet in
                let gateway = try fleet.startGateway()
                let stream = try fleet.start(
                    "stream", program: "/usr/bin/curl", arguments: ["-sN", gateway.url("/v1/stream?flow=inline")])
                let isOpen = Waiting.until(5) { stream.logText.contains(": connected") }
                #expect(isOpen)
                let run = try gateway.call("POST", "/v1/runs?wait=10", request)
                let id = run["run_id"]?.string ?? "?"
                let isTold = Waiting.until(5) {
                    stream.logText.contains("event: flowfleet.run.completed") && stream.logText.contains(id)
                }
                #expect(isTold, "\(stream.logText)")
                let ids = stream.logText.split(separator: "\n").filter { $0.hasPrefix("id: ") }.map { $0.dropFirst(4) }
                let first = try #require(ids.first)
                let back = try fleet.start(
                    "back", program: "/usr/bin/curl",
                    arguments: ["-sN", "-H", "Last-Event-ID: \(first)", gateway.url("/v1/stream?run=\(id)")])
                let isMissed = Waiting.until(5) { back.logText.contains("flowfleet.run.completed") }
                #expect(isMissed, "\(back.logText)")
                let stranger = try fleet.start(
                    "stranger", program: "/usr/bin/curl",
                    arguments: ["-sN", "-H", "Last-Event-ID: other-1", gateway.url("/v1/stream")])
                let isResync = Waiting.until(5) { stranger.logText.contains("event: resync") }
                #expect(isResync)
            }
        }
    }
}
