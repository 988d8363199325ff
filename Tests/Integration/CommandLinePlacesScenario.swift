import Foundation
import TestSupport
import Testing

/// Where the command line finds its gateway, what it says of the fleet itself, and a whole fleet by one command.
extension Scenarios {
    @Suite struct CommandLinePlaces {
        @Test func `profiles name gateways, and a file that others may read is not used`() throws {
            try Fleet.with("cli-profiles", orchestrators: 0, executors: 0) { fleet in
                let gateway = try fleet.startGateway(settings: ["GATEWAY_AUTH": "keys"])
                let made = try fleet.command("admin", "keys", "create", "--scope", "admin", "-o", "json")
                let key = try JSONDecoder().decode(JSONTree.self, from: Data(made.output))["key"]?.string ?? ""
                let file = fleet.folder.appendingPathComponent("config/profiles.json").path
                let place = ["FLOWFLEET_PROFILES": file, "FLOWFLEET_URL": ""]
                let set = try fleet.command(
                    "profile", "set", "here", "--url", gateway.url("/"), "--key", "-", input: Data((key + "\n").utf8),
                    settings: place)
                #expect(set.status == 0, "\(set.errors)")
                let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
                #expect(mode == 0o600)
                #expect(try fleet.command("run", "list", settings: place).status == 0, "the first one is in use")
                let other = try fleet.command("profile", "set", "down", "--url", "http://127.0.0.1:9", settings: place)
                #expect(other.status == 0, "\(other.errors)")
                #expect(try fleet.command("run", "list", "--profile", "down", settings: place).status == 6)
                let byName = place.merging(["FLOWFLEET_PROFILE": "down"]) { $1 }
                #expect(try fleet.command("run", "list", settings: byName).status == 6)
                let unknown = try fleet.command("run", "list", "--profile", "nobody", settings: place)
                #expect(unknown.status == 78 && unknown.errors.contains("no profile nobody"))
                let list = try fleet.command("profile", "list", settings: place)
                #expect(list.text.contains("here") && !list.text.contains(key.suffix(20)), "keys are not shown")
                #expect(try fleet.command("profile", "use", "down", settings: place).status == 0)
                #expect(try fleet.command("run", "list", settings: place).status == 6)
                try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
                let open = try fleet.command("run", "list", settings: place)
                #expect(open.status == 78 && open.errors.contains("chmod 600"), "\(open.errors)")
            }
        }

        @Test func `who is behind, who asked for what, and what is shown with a service away`() throws {
            try Fleet.with("cli-fleet", orchestrators: 1, executors: 0) { fleet in
                try fleet.produce([Flows.request("r", flow: Flows.chain(1))])
                try fleet.wait(for: "select count(*) from flow_run_history", atLeast: 1)
                let behind = try Waiting.until(20) {
                    try fleet.command("topic", "lag", "--behind", "-o", "jsonl").text.contains(
                        "\"topic\":\"\(fleet.topicPrefix)task_queue\"")
                }
                #expect(behind, "the task waits for an executor")
                let lag = try fleet.command("topic", "lag", fleet.topicPrefix + "flow_runs", "-o", "jsonl")
                #expect(lag.lines.count == 4, "\(lag.text)\(lag.errors)")
                #expect(lag.text.contains(#""lag":0"#))
                #expect(try fleet.command("run", "cancel", "r", "--actor", "ann", "--reason", "no").status == 0)
                let audit = try fleet.command("audit", "list", "--actor", "ann", "-o", "jsonl")
                #expect(audit.lines.count == 1 && audit.text.contains(#""reason":"no""#), "\(audit.text)")
                #expect(try fleet.command("worker", "close-breaker", "nobody").status == 3)
                let noRedis = try fleet.startGateway(settings: ["ORCHESTRATOR_REDIS_URL": "redis://127.0.0.1:9"])
                let list = try fleet.command("worker", "list", settings: ["FLOWFLEET_URL": noRedis.url("")])
                #expect(list.status == 6 && list.errors.contains("who is alive cannot be read"), "\(list.errors)")
                #expect(!list.errors.contains("circuit breakers cannot"))
            }
        }

        @Test func `bash completes what the table of commands knows`() throws {
            let program = Fleet.products.appendingPathComponent("flowfleet").path
            let folder = NSTemporaryDirectory()
            for shell in ["bash", "zsh", "fish"] {
                let script = try Command.succeed(program, ["completion", shell]).text
                guard Command.isInstalled(shell) else {
                    print("figure: completion: \(shell) is not installed, so its script was not read by it")
                    continue
                }
                let file = folder + "flowfleet-completion-\(UUID().uuidString)"
                try script.write(toFile: file, atomically: true, encoding: .utf8)
                _ = try Command.succeed(shell, ["-n", file])
                try? FileManager.default.removeItem(atPath: file)
            }
            let ask = """
                . <("$0" completion bash); COMP_WORDS=("${@}"); COMP_CWORD=$(($# - 1)); _flowfleet
                echo "${COMPREPLY[*]}"
                """
            func complete(_ words: String...) throws -> String {
                try Command.succeed("bash", ["-c", ask, program, "flowfleet"] + words).text
                    .trimmingCharacters(in: .newlines)
            }
            #expect(try complete("ses") == "session")
            #expect(try complete("run", "st") == "start")
            #expect(try complete("run", "list", "--status", "co") == "completed")
            #expect(try complete("run", "list", "--limit", "3", "--cur") == "--cursor")
            #expect(try complete("run", "list", "--columns", "run_id,st") == "run_id,status")
        }

        @Test func `dev starts a whole fleet, says where it is, and leaves nothing when it is told to end`() throws {
            try Fleet.with("cli-dev", orchestrators: 0, executors: 0) { fleet in
                let folder = fleet.folder.appendingPathComponent("dev")
                let dev = try fleet.start(
                    "dev", program: Fleet.products.appendingPathComponent("flowfleet").path,
                    arguments: ["dev", "--dir", folder.path, "--listen", "127.0.0.1:\(FreePort.next())"])
                let isUp = Waiting.until(60) { !dev.isRunning || dev.logText.contains("Ctrl-C ends everything") }
                #expect(isUp && dev.isRunning, "\(dev.logText)")
                let lines = dev.logText.split(separator: "\n")
                let url = lines.first { $0.hasPrefix("api ") }?.split(separator: " ").last.map(String.init) ?? ""
                let isPrefixed = lines.contains { $0.hasPrefix("orchestrator   | ") }
                #expect(isPrefixed, "\(dev.logText)")
                let place = ["FLOWFLEET_URL": url]
                let flow = #"{"flow_id":"f","tasks":[{"task_id":"a","handler":"echo"}]}"#
                let executed = try fleet.command(
                    "run", "execute", "--definition", flow, "--input", #"{"n":1}"#, "--timeout", "30", settings: place)
                #expect(executed.status == 0 && executed.text.contains("\"n\""), "\(executed.errors)")
                let pids = lines.compactMap { line in
                    line.firstRange(of: "(pid ").flatMap { Int32(line[$0.upperBound...].prefix { $0.isNumber }) }
                }
                #expect(pids.count >= 5)
                #expect(dev.terminate(within: 30) == 0, "\(dev.logText.suffix(2_000))")
                let left = pids.filter { kill($0, 0) == 0 }
                #expect(left == [])
            }
        }
    }
}
