import Foundation
import TestSupport
import Testing

/// The interactions endpoint of a real gateway, asked as Discord asks, and as others would.
extension Scenarios {
    @Suite struct DiscordCommand {
        private static func with(_ name: String, _ body: (Fleet, DiscordTwin, Gateway, String) throws -> Void) throws {
            let twin = try DiscordTwin()
            let own = ["GATEWAY_DISCORD_PUBLIC_KEY": Hex.text(twin.key.publicKey)]
            try Fleet.with(name, orchestrators: 1, executors: 1, settings: twin.settings.merging(own) { $1 }) { fleet in
                let gateway = try fleet.startGateway()
                try body(fleet, twin, gateway, gateway.url("/discord/interactions"))
            }
        }

        @Test func `only what Discord signed just now is let in`() throws {
            try Self.with("discord-door") { _, twin, gateway, url in
                let pong = try twin.ping(url)
                #expect(pong.status == 200 && pong.json["type"] == 1)
                let ping: JSONTree = ["type": 1]
                var refused: [Int] = []
                func expectRefused(
                    at time: Date = Date(), by pen: SigningKey? = nil,
                    _ changing: (inout [String: String], inout [UInt8]) -> Void
                ) throws {
                    refused.append(try twin.send(url, ping, at: time, by: pen, changing: changing).status)
                }
                try expectRefused(by: SigningKey()) { _, _ in }
                try expectRefused(at: Date() - 400) { _, _ in }
                try expectRefused(at: Date() + 400) { _, _ in }
                try expectRefused { headers, _ in headers["X-Signature-Ed25519"] = nil }
                try expectRefused { headers, _ in headers["X-Signature-Timestamp"] = nil }
                try expectRefused { headers, _ in headers["X-Signature-Ed25519"] = String(repeating: "0", count: 128) }
                try expectRefused { headers, _ in
                    headers["X-Signature-Timestamp"] = String(Int(Date().timeIntervalSince1970) + 1)
                }
                try expectRefused { _, body in body.append(UInt8(ascii: " ")) }
                try expectRefused { _, body in body = [] }
                try expectRefused { _, body in body = Array(repeating: UInt8(ascii: " "), count: 100_000) }
                #expect(refused == Array(repeating: 401, count: 10))
                // An endpoint that is reached by another name, or by a page of another site, is as safe.
                let named = try twin.send(url, ping) { headers, _ in
                    headers["Host"] = "flowfleet.example"
                    headers["Origin"] = "https://evil.example"
                }
                #expect(named.status == 200)
                let bare = try gateway.call("POST", "/discord/interactions", ping)
                #expect(bare.status == 401 && bare["code"]?.string == "not_signed")
            }
        }

        @Test func `without a key there is no endpoint`() throws {
            try Fleet.with("discord-off", orchestrators: 0, executors: 0) { fleet in
                let answer = try fleet.startGateway().call("POST", "/discord/interactions", ["type": 1])
                #expect(answer.status == 404)
            }
        }

        @Test func `whose result reached nobody fetches it with a command, and nobody else does`() throws {
            try Self.with("discord-fetch") { fleet, twin, _, url in
                try fleet.startCourier()
                let (ann, bob) = ("80351110224678912", "80351110224678913")
                let channel: JSONTree = ["channel": "discord.dm", "user_id": .string(ann), "depth": "deep"]
                for (run, user) in [("mine", ann), ("mine-2", ann), ("theirs", bob)] {
                    try fleet.produce([
                        [
                            "event_type": "flow_run_requested", "run_id": .string(run), "flow_id": "inline",
                            "user_id": .string(user), "input": ["url": .string("https://example.org/\(run)"), "n": 7],
                            "flow_definition": Flows.chain(1), "delivery": [channel],
                        ]
                    ])
                }
                try fleet.wait(for: "select count(*) from results", atLeast: 3)
                func ask(_ user: String, _ options: (String, String)...) throws -> (DiscordTwin.Asked, String) {
                    let asked = try twin.ask(url, command: "retrieve_results", options: options, user: user)
                    let isEdited = Waiting.until(10) { twin.original(asked.token)?.edits ?? 0 > 0 }
                    return (asked, isEdited ? twin.original(asked.token)?.content ?? "" : "(no answer)")
                }
                let (asked, whole) = try ask(ann, ("workflow_id", "mine"))
                #expect(asked.type == 5 && asked.seconds < 3 && twin.isEphemeral(asked.token))
                #expect(whole.contains("`mine`") && whole.contains(#""n": 7"#), "\(whole)")
                let (_, theirs) = try ask(ann, ("workflow_id", "theirs"))
                let (_, byURL) = try ask(ann, ("url", "https://example.org/mine-2"))
                let (_, list) = try ask(ann)
                let (_, none) = try ask(ann, ("since", "2999-01-01"))
                #expect(theirs.hasPrefix("Nothing is kept for you") && none.hasPrefix("Nothing is kept for you"))
                #expect(byURL.contains("`mine-2`") && list.contains("`mine`") && list.contains("`mine-2`"))
                #expect(!list.contains("theirs"))
                let wrong = try twin.ask(url, command: "retrieve_results", options: [("since", "soon")], user: ann)
                let other = try twin.ask(url, command: "dance", user: ann)
                #expect(wrong.type == 4 && other.type == 4)
                try fleet.wait(for: "select count(*) from results where redeemed_at is not null", atLeast: 2)
                let redeemed = try fleet.texts(
                    "select run_id || ' ' || redeemed_by from results where redeemed_at is not null order by 1")
                #expect(redeemed == ["mine discord:\(ann)", "mine-2 discord:\(ann)"])
                let noted = try fleet.texts("select run_id from audit_log where action = 'result_redeem' order by 1")
                #expect(noted == ["mine", "mine-2"])
                let states = try fleet.texts("select run_id || ' ' || state from deliveries order by 1")
                #expect(states == ["mine redeemed", "mine-2 redeemed", "theirs orphaned"])
                let isShown = fleet.processes.map { $0.logText.contains("canary") }
                #expect(!isShown.contains(true))
            }
        }
    }
}
