import Foundation
import TestSupport
import Testing

/// Results on their way to people on Discord: a whole fleet, a real courier, and an imitation of Discord.
extension Scenarios {
    @Suite struct Discord {
        /// Ends of runs, not what is told while they go on.
        private static let delivered = "select count(*) from deliveries where kind = 'end' and state = 'delivered'"

        private static func reply(
            _ twin: DiscordTwin, _ token: String, endsIn seconds: Double = 900, more: [String: JSONTree] = [:]
        ) -> JSONTree {
            let ends = ISO8601DateFormatter().string(from: Date() + seconds)
            let entry: [String: JSONTree] = [
                "channel": "discord.interaction", "application_id": .string(twin.applicationID),
                "token": .string(token), "expires_at": .string(ends), "depth": "deep",
            ]
            return .object(entry.merging(more) { $1 })
        }

        private static func request(
            _ id: String, _ delivery: [JSONTree], flow: JSONTree = Flows.chain(1), user: String = "77"
        ) -> JSONTree {
            [
                "event_type": "flow_run_requested", "run_id": .string(id), "flow_id": "inline",
                "user_id": .string(user), "input": ["url": "https://example.org/a?b=c", "n": 7],
                "flow_definition": flow, "delivery": .array(delivery),
            ]
        }

        /// Steps that take a while each, and whose ends are told one by one.
        private static func slow(_ length: Int, milliseconds: Int) -> JSONTree {
            Flows.flow(
                (0..<length).map { index in
                    Flows.task(
                        "t\(index)", "sleep", after: index == 0 ? [] : ["t\(index - 1)"],
                        inputs: ["ms": .number(Double(milliseconds))], more: ["segment": false])
                })
        }

        private static func with(
            _ name: String, settings: [String: String] = [:], couriers: Int = 1,
            _ body: (Fleet, DiscordTwin) throws -> Void
        ) throws {
            let twin = try DiscordTwin()
            try Fleet.with(name, orchestrators: 1, executors: 1, settings: twin.settings.merging(settings) { $1 }) {
                fleet in
                for _ in 0..<couriers { try fleet.startCourier() }
                try body(fleet, twin)
                try expectNoToken(fleet, twin)
            }
        }

        /// Tokens are in the requests themselves, and nowhere else that people read.
        private static func expectNoToken(_ fleet: Fleet, _ twin: DiscordTwin) throws {
            let logs = fleet.processes.map(\.logText).joined()
            var rows: [String] = []
            for table in ["deliveries", "delivery_attempts", "results"] {
                rows += try fleet.texts("select to_json(t)::text from \(table) t")
            }
            let metrics = fleet.processes.compactMap { $0.get("/metrics")?.body }.joined()
            let isShown = [logs, rows.joined(), metrics].map { $0.contains("canary") }
            #expect(isShown == [false, false, false])
        }

        private static func lines(_ fleet: Fleet, _ words: String) -> Int {
            fleet.processes.reduce(0) { $0 + $1.logText.components(separatedBy: words).count - 1 }
        }

        private static func counter(_ fleet: Fleet, _ line: String) -> Int {
            let texts = fleet.processes.compactMap { $0.get("/metrics")?.body }
            let found = texts.flatMap { $0.split(separator: "\n") }.first { $0.hasPrefix(line + " ") }
            return found?.split(separator: " ").last.flatMap { Double($0) }.map { Int($0) } ?? 0
        }

        @Test func `a result replaces the reply, as a message or as a file, whatever Discord goes through`() throws {
            try Self.with("discord-open") { fleet, twin in
                let (short, long, error, hurt) = (
                    twin.addInteraction(), twin.addInteraction(), twin.addInteraction(), twin.addInteraction()
                )
                let channel = twin.addChannel()
                let text = String(repeating: "x", count: 5_000)
                let large = Flows.flow([Flows.task("a", "echo", inputs: ["text": .string(text)])])
                let failing = Flows.flow([Flows.task("a", "fail", inputs: ["error": "invalid: ```@everyone"])])
                try fleet.produce([
                    Self.request("short", [Self.reply(twin, short)]),
                    Self.request("long", [Self.reply(twin, long)], flow: large),
                    Self.request("error", [Self.reply(twin, error)], flow: failing),
                ])
                try fleet.wait(for: Self.delivered, atLeast: 3)
                let said = twin.original(short)
                #expect(said?.content.contains(#""n": 7"#) ?? false && said?.mentionsNobody ?? false, "\(said as Any)")
                let files = twin.original(long)?.files ?? []
                #expect(files.count == 1 && String(decoding: files.first?.bytes ?? [], as: UTF8.self).contains(text))
                let told = twin.original(error)?.content ?? ""
                #expect(told.contains("failed") && told.contains("invalid"), "\(told)")
                // Trouble of every kind, then it is there: once.
                twin.next(.status(503), .garbage, .answerLost, .limited(retryAfter: 0.3, scope: "user"))
                try fleet.produce([Self.request("hurt", [Self.reply(twin, hurt)])])
                try fleet.wait(for: Self.delivered, atLeast: 4)
                twin.next(.answerLost)
                try fleet.produce([
                    Self.request("channel", [["channel": "discord.channel", "channel_id": .string(channel)]])
                ])
                try fleet.wait(for: Self.delivered, atLeast: 5)
                #expect(twin.original(hurt)?.content.contains(#""n": 7"#) ?? false)
                #expect(twin.followUps(hurt).isEmpty && twin.messages(in: channel).count == 1)
                let statuses = try fleet.texts("select status from flow_run_history order by run_id")
                #expect(statuses == ["completed", "failed", "completed", "completed", "completed"])
            }
        }

        @Test func `a token that is over is a state: one line, one count, and the next channel`() throws {
            try Self.with("discord-closed") { fleet, twin in
                let (known, unknown) = (twin.addInteraction(), twin.addInteraction())
                let (channel, user) = (twin.addChannel(), twin.addUser())
                twin.expire(unknown)
                try fleet.produce([
                    // Known to be over before anything is sent; found out by the answer; and nothing behind it.
                    Self.request(
                        "known",
                        [
                            Self.reply(twin, known, endsIn: -5),
                            ["channel": "discord.channel", "channel_id": .string(channel)],
                        ]),
                    Self.request(
                        "unknown",
                        [
                            Self.reply(twin, unknown), ["channel": "discord.dm", "user_id": .string(user)],
                        ]),
                    Self.request("nobody", [Self.reply(twin, known, endsIn: -5), ["channel": "discord.channel"]]),
                ])
                try fleet.wait(for: Self.delivered, atLeast: 2)
                try fleet.wait(for: "select count(*) from results", atLeast: 1)
                #expect(twin.messages(in: channel).count == 1 && twin.messages(to: user).count == 1)
                let asked = twin.calls.filter { $0.path.hasPrefix("/webhooks") }
                #expect(asked.count == 1 && asked.first?.code == 50027)
                let count = Self.counter(fleet, #"discord_session_closed_total{stage="result",depth="deep"}"#)
                let kept = Self.counter(
                    fleet, #"workflow_results_persisted_total{reason="session_closed",depth="deep"}"#)
                #expect(count == 3 && kept == 1)
                let errors = Self.lines(fleet, #""level":"ERROR""#)
                let told = fleet.processes.flatMap { $0.logText.split(separator: "\n") }
                    .filter { $0.contains("session is closed") && $0.contains(#""stage":"result""#) }
                #expect(errors == 0 && told.count == 3, "\(told.joined(separator: "\n"))")
                let reasons = try fleet.texts("select run_id || ' ' || reason from results")
                #expect(reasons == ["nobody session_closed"])
            }
        }

        @Test func `progress is told until the token ends, with one early summary, and then in silence`() throws {
            try Self.with("discord-progress", settings: ["COURIER_WARN_AFTER": "720"]) { fleet, twin in
                let token = twin.addInteraction()
                let user = twin.addUser()
                // 720 of its 900 seconds are over in four seconds.
                let reply = Self.reply(twin, token, endsIn: 184, more: ["progress": "10%"])
                try fleet.produce([
                    Self.request(
                        "long", [reply, ["channel": "discord.dm", "user_id": .string(user)]],
                        flow: Self.slow(10, milliseconds: 900))
                ])
                let isTold = Waiting.until(20) { twin.original(token)?.content.contains(" tasks are done") ?? false }
                #expect(isTold, "\(twin.original(token)?.content ?? "")")
                let isWarned = Waiting.until(20) { twin.original(token)?.content.contains("goes on") ?? false }
                let early = twin.original(token)?.content ?? ""
                #expect(isWarned && early.contains("/retrieve_results workflow_id:long") && early.contains("code `"))
                let edits = twin.original(token)?.edits
                twin.expire(token)
                try fleet.wait(for: Self.delivered, atLeast: 1)
                #expect(twin.original(token)?.edits == edits)
                #expect(twin.messages(to: user).count == 1)
                let errors = Self.lines(fleet, #""level":"ERROR""#)
                #expect(errors == 0)
            }
        }

        @Test func `a courier that is killed in the middle of a send leaves one message behind`() throws {
            try Self.with("discord-killed", couriers: 0) { fleet, twin in
                let (token, channel) = (twin.addInteraction(), twin.addChannel())
                let first = try fleet.startCourier()
                twin.setFault(.slow(seconds: 2))
                try fleet.produce([
                    Self.request("reply", [Self.reply(twin, token)]),
                    Self.request("channel", [["channel": "discord.channel", "channel_id": .string(channel)]]),
                ])
                let isSent = Waiting.until(20) { twin.calls.count >= 2 }
                first.kill()
                twin.setFault(nil)
                // Its claims would last a minute.
                try fleet.execute("update deliveries set claimed_until = now() where claimed_until is not null")
                try fleet.startCourier()
                try fleet.wait(for: Self.delivered, atLeast: 2)
                #expect(isSent && twin.messages(in: channel).count == 1)
                #expect(twin.original(token)?.edits == 2 && twin.followUps(token).isEmpty)
            }
        }
    }
}
