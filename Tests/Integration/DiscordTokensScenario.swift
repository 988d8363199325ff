import Foundation
import TestSupport
import Testing

/// Tokens and secrets are planted as canaries, and looked for wherever something is kept or told.
extension Scenarios {
    @Suite struct DiscordTokens {
        private static func entry(_ twin: DiscordTwin, _ token: String) -> JSONTree {
            ["channel": "discord.interaction", "application_id": .string(twin.applicationID), "token": .string(token)]
        }

        private static func request(_ id: String, _ delivery: [JSONTree], flow: JSONTree, failures: Int = 0) -> JSONTree
        {
            [
                "event_type": "flow_run_requested", "run_id": .string(id), "flow_id": "inline",
                "input": ["failures": .number(Double(failures)), "n": 7], "flow_definition": flow,
                "delivery": .array(delivery),
            ]
        }

        /// b fails until the input says that it is well again.
        private static let flow = Flows.flow([
            Flows.task("a", "sleep", inputs: ["ms": 1_500]),
            Flows.task(
                "b", "fail", after: ["a"],
                inputs: ["times": "${input.failures}", "error": "invalid", "output": ["n": 7]],
                more: ["max_retries": 0]),
        ])

        /// Texts, and bytes as the dump writes them.
        private static func isShown(_ text: String) -> Bool {
            ["canary-", "63616e6172792d", String(Webhooks.secret.dropFirst(6))].contains { text.contains($0) }
        }

        private static func expectNoCanary(_ fleet: Fleet) throws {
            let dump = try Command.succeed("pg_dump", ["--data-only", "-d", fleet.database]).text
            let lines = dump.split(separator: "\n").filter { isShown(String($0)) }
            #expect(dump.contains("sealed:1:") && lines == [], "\(lines.first?.prefix(600) ?? "")")
            let logs = fleet.processes.map { isShown($0.logText) }
            let metrics = fleet.processes.compactMap { $0.get("/metrics")?.body }.map { isShown($0) }
            #expect(!logs.contains(true) && !metrics.contains(true))
            let keys = try Command.succeed(
                "redis-cli", ["-u", fleet.services.redis, "--scan", "--pattern", fleet.id + ":*"]
            ).lines
            let values = keys.flatMap { key in
                ["GET", "HGETALL"].compactMap {
                    try? Command.succeed("redis-cli", ["-u", fleet.services.redis, $0, key]).text
                }
            }
            let marks = values.filter { isShown($0) }
            #expect(!keys.isEmpty && marks == [])
        }

        @Test(arguments: [nil, String(repeating: "5a", count: 32)])
        func `tokens and secrets stand in no row, log, metric, mark or answer, and the replies still come`(
            key: String?
        ) throws {
            let twin = try DiscordTwin()
            var settings = twin.settings
            settings["ORCHESTRATOR_LOG_LEVEL"] = "DEBUG"
            settings["COURIER_TOKEN_KEY"] = key
            try Fleet.with("discord-tokens", orchestrators: 1, executors: 1, settings: settings) { fleet in
                let gateway = try fleet.startGateway()
                let tokens = (0..<4).map { _ in twin.addInteraction() }
                let plain = Self.request("plain", [Self.entry(twin, tokens[0])], flow: Self.flow)
                try fleet.produce([
                    plain, Self.request("parent", [Self.entry(twin, tokens[1])], flow: Self.flow, failures: 9),
                    Self.request(
                        "odd", [["channel": "discord.interactions", "token": .string(tokens[3])]], flow: Flows.chain(1)),
                ])
                try fleet.wait(for: "select count(*) from flow_run_history", atLeast: 3)
                // Somebody else takes the lanes over, and the request comes again.
                fleet.orchestrators[0].kill()
                try fleet.startOrchestrator()
                try fleet.produce([plain])
                #expect(try fleet.waitForRun("parent").status == "failed")
                let retry = try fleet.command(
                    "run", "retry", "parent", "--from", "b", "--run-id", "child", "--input-patch", #"{"failures": 0}"#)
                #expect(retry.status == 0, "\(retry.errors)")
                #expect(try fleet.waitForRun("child").status == "completed")
                let body: JSONTree = [
                    "run_id": "posted", "flow_id": "inline", "flow_definition": Flows.chain(1), "input": ["n": 7],
                    "delivery": [Self.entry(twin, tokens[2])],
                ]
                let posted = try gateway.call("POST", "/v1/runs", body)
                let wrong = try gateway.call(
                    "POST", "/v1/runs", ["flow_id": 7, "delivery": ["token": .string(tokens[2])]])
                try Self.expectNoCanary(fleet)
                try fleet.startCourier(settings: Webhooks.settings(fleet))
                try fleet.wait(
                    for: "select count(*) from deliveries where kind = 'end' and state in ('delivered', 'orphaned')",
                    atLeast: 5)
                let said = tokens.map { twin.original($0)?.content ?? "" }
                #expect(said[0].contains(#""n": 7"#) && said[2].contains(#""n": 7"#))
                // Both are due when the courier starts, and edit one reply: whichever comes last stands there.
                #expect(said[1].contains("`child`") || said[1].contains("`parent`"), "\(said[1])")
                let both = "run_id in ('parent', 'child') and kind = 'end' and state = 'delivered'"
                #expect(fleet.number("select count(*) from deliveries where \(both)") == 2)
                let shown = try ["plain", "parent", "child", "odd"].map { try gateway.get("/v1/runs/\($0)").text }
                let lists = try [
                    "/v1/runs", "/v1/deliveries", "/v1/results", "/v1/runs/child/lineage", "/v1/runs/parent/why",
                ].map { try gateway.get($0).text }
                let answers = [posted.text, wrong.text] + shown + lists
                let telling = answers.filter { Self.isShown($0) }
                #expect(wrong.status >= 400 && telling == [])
                try Self.expectNoCanary(fleet)
            }
        }

        @Test func `a courier with another key sends nothing, and the result is kept`() throws {
            let twin = try DiscordTwin()
            var settings = twin.settings
            settings["COURIER_TOKEN_KEY"] = String(repeating: "11", count: 32)
            try Fleet.with("discord-key", orchestrators: 1, executors: 1, settings: settings) { fleet in
                try fleet.startCourier(settings: ["COURIER_TOKEN_KEY": String(repeating: "22", count: 32)])
                try fleet.produce([
                    Self.request("r", [Self.entry(twin, twin.addInteraction())], flow: Flows.chain(1))
                ])
                try fleet.wait(for: "select count(*) from results where reason = 'malformed'", atLeast: 1)
                let why = try fleet.texts("select error from deliveries where kind = 'end'")
                #expect(why.first?.contains("COURIER_TOKEN_KEY") ?? false && twin.calls.isEmpty, "\(why)")
                try Self.expectNoCanary(fleet)
            }
        }
    }
}
