import Foundation
import TestSupport
import Testing

/// The command line against a real gateway: what it prints, and how it ends in each real situation.
extension Scenarios {
    @Suite struct CommandLine {
        private static let flow = #"{"flow_id":"f","tasks":[{"task_id":"a","handler":"echo"}]}"#

        private func apply(_ fleet: Fleet, _ text: String) throws -> CommandResult {
            try fleet.command("flow", "apply", "-", "-o", "json", input: Data(text.utf8))
        }

        private func objects(_ result: CommandResult) throws -> [JSONTree] {
            try result.lines.map { try JSONDecoder().decode(JSONTree.self, from: Data($0.utf8)) }
        }

        @Test func `flows are applied, found and listed, and what is wrong with one is told with its place`() throws {
            try Fleet.with("cli-flows", orchestrators: 0, executors: 0) { fleet in
                let other = Self.flow.replacingOccurrences(of: "\"a\"", with: "\"b\"")
                let texts = try [Self.flow, Self.flow, other].map { try apply(fleet, $0).text }
                let made = texts.map { $0.contains(#""created":true"#) }
                #expect(made == [true, false, true])
                #expect(try fleet.command("flow", "get", "f").text == other + "\n")
                #expect(try fleet.command("flow", "get", "f", "--version", "1").text == Self.flow + "\n")
                #expect(try fleet.command("flow", "list", "f", "-o", "jsonl").lines.count == 2)
                #expect(try fleet.command("flow", "get", "f", "--version", "9").status == 3)
                #expect(try fleet.command("flow", "get", "nobody").status == 3)
                let wrong = try apply(fleet, Self.flow.replacingOccurrences(of: "\"a\"", with: "\"a b\""))
                #expect(wrong.status == 7 && wrong.errors.contains("tasks[0].task_id: "), "\(wrong.errors)")
                #expect(try apply(fleet, "{").status == 7)
                let unnamed = try apply(fleet, #"{"tasks":[]}"#)
                #expect(unnamed.status == 7 && unnamed.errors.contains("--flow ID"))
            }
        }

        @Test func `lists have pages, formats and columns`() throws {
            try Fleet.with("cli-lists", orchestrators: 0, executors: 0) { fleet in
                try fleet.execute(
                    """
                    INSERT INTO flow_run_history (run_id, flow_id, tenant_id, user_id, correlation_id, status,
                        created_at, updated_at, session_id, lane, batch, config_snapshot)
                    SELECT 'r' || n, 'f', 't', 'u', 'c', 'running', now() - n * interval '1 second', now(), 's', 0, 1,
                        '{}'
                    FROM generate_series(1, 450) n
                    """)
                let all = try fleet.command("run", "list", "--limit", "1000", "-o", "json")
                let array = try JSONDecoder().decode([JSONTree].self, from: Data(all.output))
                let ids = Set(array.compactMap { $0["run_id"]?.string })
                #expect(ids.count == 450, "pages of the gateway are put together")
                let first = try fleet.command("run", "list", "--limit", "2", "--columns", "run_id,status")
                #expect(first.text == "RUN_ID  STATUS\nr1      running\nr2      running\n")
                let cursor = first.errors.split(separator: " ").last.map { $0.trimmingCharacters(in: .newlines) } ?? ""
                let next = try fleet.command("run", "list", "--limit", "2", "-o", "jsonl", "--cursor", cursor)
                let nextIDs = try objects(next).compactMap { $0["run_id"]?.string }
                #expect(nextIDs == ["r3", "r4"], "\(first.errors)")
                let unknown = try fleet.command("run", "list", "--columns", "run_id,colour")
                #expect(unknown.status == 2 && unknown.errors.contains("run_id,flow_id,status"), "\(unknown.errors)")
                #expect(try fleet.command("run", "list", "-o", "json", "--columns", "run_id").status == 2)
                let none = try fleet.command("run", "list", "--flow", "other", "-o", "json")
                #expect(none.text == "[]\n")
                #expect(!all.output.contains(0x1B) && !first.output.contains(0x1B), "no colours where nobody looks")
            }
        }

        @Test func `each end of a run is an exit code, and only a completed one has an output`() throws {
            try Fleet.with("cli-ends", orchestrators: 0, executors: 0) { fleet in
                try fleet.execute(
                    """
                    INSERT INTO flow_run_history (run_id, flow_id, tenant_id, user_id, correlation_id, status,
                        output_data, created_at, updated_at, completed_at, session_id, lane, batch, config_snapshot,
                        error_message)
                    VALUES ('done', 'f', 't', 'u', 'c', 'completed', '{"n": 1}', now(), now(), now(), 's', 0, 1, '{}',
                            NULL),
                        ('bad', 'f', 't', 'u', 'c', 'failed', NULL, now(), now(), now(), 's', 0, 1, '{}', 'a failed'),
                        ('gone', 'g', 't', 'u', 'c', 'cancelled', NULL, now(), now(), now(), 's', 0, 1, '{}', NULL),
                        ('busy', 'g', 't', 'u', 'c', 'running', NULL, now(), now(), NULL, 's2', 0, 1, '{}', NULL);
                    INSERT INTO task_execution_history (run_id, task_id, handler, status, attempts, created_at,
                        updated_at, batch, stage_order, error_message)
                    VALUES ('bad', 'a', 'fail', 'failed', 4, now(), now(), 1, 0, 'connection refused')
                    """)
                let runs = ["done", "bad", "gone"]
                let results = try (runs + ["busy", "nobody"]).map { try fleet.command("run", "result", $0).status }
                #expect(results == [0, 10, 11, 5, 3])
                let waits = try runs.map { try fleet.command("run", "wait", $0).status }
                #expect(waits == [0, 10, 11])
                let busy = try fleet.command("run", "wait", "busy", "--timeout", "1.5s")
                #expect(busy.status == 12 && busy.errors.contains("has not ended: running"), "\(busy.errors)")
                #expect(try fleet.command("run", "result", "done").text == "{\"n\": 1}\n")
                let failed = try fleet.command("run", "wait", "bad")
                #expect(failed.errors.contains("task a failed after 4 attempts: connection refused"))
                let watched = try fleet.command("run", "watch", "bad")
                #expect(watched.status == 10 && watched.text.contains("task a  failed"), "\(watched.text)")
                let json = try objects(try fleet.command("run", "watch", "bad", "-o", "json"))
                #expect(json.count == 1 && json[0]["status"] == "failed")
                let session = try fleet.command("session", "watch", "s", "-o", "json")
                #expect(session.status == 10, "\(session.errors)")
            }
        }

        @Test func `a command goes on waiting while the gateway restarts, and retried writes are done once`() throws {
            try Fleet.with("cli-restart", orchestrators: 1, executors: 1) { fleet in
                let first = try fleet.startGateway()
                fleet.settings["FLOWFLEET_URL"] = first.url("")
                let sleeping = Flows.flow([Flows.task("a", "sleep", inputs: ["ms": 6_000])])
                let started = try fleet.command(
                    "run", "start", "--flow", "slow", "--run-id", "r", "--definition", sleeping.text)
                #expect(started.status == 0, "\(started.errors)")
                let wait = try fleet.start(
                    "wait", program: Fleet.products.appendingPathComponent("flowfleet").path,
                    arguments: ["run", "wait", "r", "--timeout", "60"])
                Waiting.forSeconds(1)
                first.process.kill()
                fleet.forget(first.process)
                Waiting.forSeconds(1)
                _ = try fleet.startGateway(port: first.port)
                let hasEnded = Waiting.until(30) { !wait.isRunning }
                #expect(hasEnded)
                #expect(wait.terminate() == 0, "\(wait.logText)")
                #expect(wait.logText.contains("asked again for"), "\(wait.logText)")
            }
        }

        @Test func `without a gateway the end comes within two seconds, and keys decide what may be done`() throws {
            try Fleet.with("cli-keys", orchestrators: 0, executors: 0) { fleet in
                let begun = Date()
                let down = try fleet.command("run", "list", settings: ["FLOWFLEET_URL": "http://127.0.0.1:9"])
                #expect(down.status == 6 && down.errors.contains("flowfleet-gateway"), "\(down.errors)")
                #expect(Date().timeIntervalSince(begun) < 2)
                let gateway = try fleet.startGateway(settings: ["GATEWAY_AUTH": "keys"])
                let made = try fleet.command(
                    "admin", "keys", "create", "--name", "reader", "--scope", "runs:read", "-o", "json")
                let key = try JSONDecoder().decode(JSONTree.self, from: Data(made.output))["key"]?.string ?? ""
                func run(_ words: [String], _ key: String?) throws -> CommandResult {
                    let place = ["FLOWFLEET_URL": gateway.url(""), "FLOWFLEET_KEY": key ?? ""]
                    return try fleet.command(words, settings: place)
                }
                let without = try run(["run", "list"], nil)
                #expect(without.status == 4 && without.errors.contains("FLOWFLEET_KEY"), "\(without.errors)")
                #expect(try run(["run", "list"], "ff0000000000.no").status == 4)
                #expect(try run(["run", "list"], key).status == 0)
                let scope = try run(["flow", "apply", "/dev/null", "--flow", "f"], key)
                #expect(scope.status == 7, "an empty file is no definition")
                let audit = try run(["audit", "list"], key)
                #expect(audit.status == 4 && audit.errors.contains("scope admin"), "\(audit.errors)")
            }
        }
    }
}
