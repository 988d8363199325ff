import Foundation
import TestSupport
import Testing

/// Who may do what over the API, and that a request that comes twice is done once.
extension Scenarios {
    @Suite struct GatewayAccess {
        private func key(_ fleet: Fleet, _ arguments: String...) throws -> String {
            let made = try fleet.command(["admin", "keys", "create", "-o", "json"] + arguments)
            return try #require(try JSONTree(text: made.output)["key"]?.string, "\(made.errors)")
        }

        private func body(_ run: String, tenant: String? = nil) -> JSONTree {
            var body: [String: JSONTree] = [
                "run_id": .string(run), "flow_id": "inline", "flow_definition": Flows.chain(1), "input": ["n": 41],
            ]
            body["tenant_id"] = tenant.map { .string($0) }
            return .object(body)
        }

        @Test func `without keys only loopback is listened on`() throws {
            try Fleet.with("open", orchestrators: 0, executors: 0) { fleet in
                let program = Fleet.products.appendingPathComponent("flowfleet-gateway").path
                let open = ["GATEWAY_LISTEN": "0.0.0.0:0", "GATEWAY_METRICS_PORT": "0"]
                let ended = try Command.run(program, [], environment: fleet.settings.merging(open) { $1 })
                #expect(ended.status == 78 && ended.errors.contains("GATEWAY_AUTH=none lets everybody in"))
            }
        }

        @Test func `a key sees its tenant and its scopes, and nothing tells of others`() throws {
            try Fleet.with("access") { fleet in
                let gateway = try fleet.startGateway(settings: ["GATEWAY_AUTH": "keys"])
                let admin = try key(fleet, "--name", "all", "--scope", "admin")
                let blue = try key(
                    fleet, "--tenant", "blue", "--scope", "runs:read", "--scope", "runs:write", "--reason", "a test")
                #expect(try gateway.get("/v1/runs").status == 401)
                #expect(try gateway.get("/v1/runs", key: blue + "0")["code"] == "wrong_key")
                #expect(try gateway.get("/openapi.json").status == 200)
                let other = try gateway.call("POST", "/v1/runs?wait=10", body("red", tenant: "red"), key: admin)
                #expect(other["status"] == "completed", "\(other.text)")
                let own = try gateway.call("POST", "/v1/runs?wait=10", body("own"), key: blue)
                #expect(own["status"] == "completed", "\(own.text)")
                for path in ["", "/result", "/tasks", "/events"] {
                    let (theirs, nobody) = (
                        try gateway.get("/v1/runs/red" + path, key: blue),
                        try gateway.get("/v1/runs/nobody" + path, key: blue)
                    )
                    #expect(theirs.status == 404 && nobody.status == 404)
                    let same = theirs["detail"]?.string?.replacingOccurrences(of: "red", with: "nobody")
                    #expect(same == nobody["detail"]?.string)
                }
                #expect(try gateway.call("POST", "/v1/runs/red/cancel", key: blue).status == 404)
                let list = try gateway.get("/v1/runs", key: blue).items.compactMap { $0["run_id"]?.string }
                #expect(list == ["own"])
                let refused = try gateway.call("POST", "/v1/runs", body("x", tenant: "red"), key: blue)
                #expect(refused.status == 422, "\(refused.text)")
                #expect(try gateway.call("PUT", "/v1/flows/f", Flows.chain(1), key: blue)["code"] == "scope_missing")
                let masked = try gateway.get("/v1/runs/own", key: blue)
                #expect(masked["tenant_id"] == "blue" && masked["input"]?.string?.hasPrefix("(masked") == true)
                #expect(try gateway.get("/v1/runs/own", key: admin)["input"] == ["n": 41])
                let actors = try fleet.rows(
                    "select actor from audit_log where action = 'run_start' and run_id = 'own'",
                    as: [String: String].self)
                #expect(actors.first?["actor"] == blue.split(separator: ".").first.map(String.init))
            }
        }

        @Test func `a session that others' runs name is nobody else's to open, read or steer`() throws {
            try Fleet.with("foreign", orchestrators: 1, executors: 0) { fleet in
                let gateway = try fleet.startGateway(settings: ["GATEWAY_AUTH": "keys"])
                let session = "00000000-0000-4000-8000-00000000000a"
                let red = try key(fleet, "--tenant", "red", "--scope", "admin")
                let blue = try key(fleet, "--tenant", "blue", "--scope", "admin")
                let waits: JSONTree = [
                    "run_id": "r", "flow_id": "inline", "session_id": .string(session),
                    "flow_definition": Flows.flow([Flows.task("a", "other.work")]),
                ]
                #expect(try gateway.call("POST", "/v1/runs", waits, key: red).status == 202)
                try fleet.wait(for: "select count(*) from flow_run_history", atLeast: 1)
                #expect(try gateway.get("/v1/sessions/\(session)", key: blue).status == 404)
                let taken = try gateway.call("POST", "/v1/sessions", ["session_id": .string(session)], key: blue)
                #expect(taken.status == 409 && taken["code"] == "session_exists", "\(taken.text)")
                let flow = Flows.flow([Flows.task("a")])
                #expect(try gateway.call("PUT", "/v1/flows/f", flow, key: red).status == 201)
                let job: JSONTree = [
                    "job_id": "j", "selected_queries": ["q"], "flow_id": "f",
                    "options": ["session_id": .string(session)],
                ]
                let triggered = try gateway.call("POST", "/orchestrator-trigger", job, key: blue)
                #expect(triggered.status == 404, "\(triggered.text)")
                for action in ["cancel", "pause", "resume", "retry", "close"] {
                    let answer = try gateway.call("POST", "/v1/sessions/\(session)/\(action)", key: blue)
                    #expect(answer.status == 404, "\(action): \(answer.text)")
                }
                #expect(try gateway.get("/v1/sessions/\(session)", key: red)["runs"] == 1)
                let opened = try gateway.call("POST", "/v1/sessions", ["session_id": .string(session)], key: red)
                #expect(opened.status == 201, "\(opened.text)")
                let cancelled = try gateway.call("POST", "/v1/sessions/\(session)/cancel", key: red)
                #expect(cancelled.status == 202 && cancelled["runs"] == 1, "\(cancelled.text)")
            }
        }

        @Test func `a key that is rotated opens until the overlap has passed, a revoked one does not`() throws {
            try Fleet.with("rotate", orchestrators: 0, executors: 0) { fleet in
                let gateway = try fleet.startGateway(settings: ["GATEWAY_AUTH": "keys"])
                let old = try key(fleet, "--scope", "runs:read")
                let prefix = try #require(old.split(separator: ".").first.map(String.init))
                let rotated = try fleet.command("admin", "keys", "rotate", prefix, "--overlap", "3s", "-o", "json")
                let new = try #require(try JSONTree(text: rotated.output)["key"]?.string, "\(rotated.errors)")
                #expect(try gateway.get("/v1/runs", key: old).status == 200)
                #expect(try gateway.get("/v1/runs", key: new).status == 200)
                let isOver = try Waiting.until(8) { try gateway.get("/v1/runs", key: old).status == 401 }
                #expect(isOver)
                let revoked = try fleet.command("admin", "keys", "revoke", String(new.prefix { $0 != "." }))
                #expect(revoked.status == 0, "\(revoked.errors)")
                let isRevoked = try Waiting.until(5) { try gateway.get("/v1/runs", key: new).status == 401 }
                #expect(isRevoked)
                let used = fleet.number("select count(*) from api_keys where last_used_at is not null")
                #expect(used == 2)
            }
        }

        @Test func `the same key and body get the same answer, and the run is one`() throws {
            try Fleet.with("once", orchestrators: 1, executors: 1) { fleet in
                let gateways = [try fleet.startGateway(), try fleet.startGateway()]
                let request: JSONTree = ["flow_id": "inline", "flow_definition": Flows.chain(1)]
                let header = ["Idempotency-Key": "k-1"]
                var ids: [String] = []
                for number in 0..<6 {
                    let answer = try gateways[number % 2].call("POST", "/v1/runs", request, headers: header)
                    #expect(answer.status == 202, "\(answer.text)")
                    ids.append(answer["run_id"]?.string ?? "")
                }
                #expect(Set(ids).count == 1)
                let other = try gateways[0].call("POST", "/v1/runs", ["flow_id": "x"], headers: header)
                #expect(other.status == 422 && other["code"] == "idempotency_key_reused")
                let elsewhere = try gateways[0].call(
                    "POST", "/v1/runs/\(ids[0])/cancel", headers: header)
                #expect(elsewhere.status == 200 || elsewhere.status == 409, "\(elsewhere.text)")
                #expect(fleet.number("select count(*) from flow_run_history") == 1)
            }
        }

        /// The gateway dies between Kafka's acknowledgement and its answer: the caller tries again and gets that run.
        @Test func `a request that was sent before its gateway died makes no second run`() throws {
            try Fleet.with("died", orchestrators: 1, executors: 1) { fleet in
                let request: JSONTree = ["flow_id": "inline", "flow_definition": Flows.chain(1)]
                let header = ["Idempotency-Key": "k-1"]
                let doomed = try fleet.startGateway(settings: ["FLOWFLEET_KILL_POINT": "produced-not-answered"])
                let answer = try? doomed.call("POST", "/v1/runs", request, headers: header)
                let hasDied = Waiting.until(5) { !doomed.process.isRunning }
                #expect(answer == nil && hasDied)
                try fleet.waitForRuns(1)
                fleet.forget(doomed.process)
                try fleet.execute("update idempotency_keys set claimed_until = 'epoch'")
                let next = try fleet.startGateway()
                let again = try next.call("POST", "/v1/runs?wait=10", request, headers: header)
                let routed = try next.call("POST", "/v1/runs", request, headers: header)
                #expect(again.status < 300 && routed.text == again.text, "\(again.text) \(routed.text)")
                let runs = fleet.number("select count(*) from flow_run_history")
                #expect(runs == 1, "\(routed.text)")
            }
        }

        @Test func `a trigger or a session that comes again with its key makes nothing twice`() throws {
            try Fleet.with("trigger-died", orchestrators: 1, executors: 1) { fleet in
                let header = ["Idempotency-Key": "k-1"]
                let job: JSONTree = ["job_id": "j", "flow_id": "job", "selected_queries": ["one", "two"]]
                let doomed = try fleet.startGateway(settings: ["FLOWFLEET_KILL_POINT": "produced-not-answered"])
                #expect(try doomed.call("PUT", "/v1/flows/job", Flows.chain(1)).status == 201)
                let opened = try doomed.call("POST", "/v1/sessions", headers: header)
                #expect(opened.status == 201, "\(opened.text)")
                let answer = try? doomed.call("POST", "/orchestrator-trigger", job, headers: header)
                let hasDied = Waiting.until(5) { !doomed.process.isRunning }
                #expect(answer == nil && hasDied)
                try fleet.waitForRuns(1)
                fleet.forget(doomed.process)
                try fleet.execute("update idempotency_keys set claimed_until = 'epoch', status = null")
                let next = try fleet.startGateway()
                let again = try next.call("POST", "/orchestrator-trigger", job, headers: header)
                #expect(again.status == 202 && again["runs"]?.array?.count == 2, "\(again.text)")
                let reopened = try next.call("POST", "/v1/sessions", headers: header)
                #expect(reopened.status == 201 && reopened["session_id"] == opened["session_id"], "\(reopened.text)")
                let last: JSONTree = ["run_id": "last", "flow_id": "job"]
                #expect(try next.call("POST", "/v1/runs?wait=10", last)["status"] == "completed")
                try fleet.waitForRuns(3)
                #expect(fleet.number("select count(*) from flow_run_history") == 3)
                #expect(fleet.number("select count(*) from sessions") == 2)
            }
        }
    }
}
