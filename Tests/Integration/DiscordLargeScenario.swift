import Foundation
import TestSupport
import Testing

/// Results that Discord does not take whole: what the message says leads to them.
extension Scenarios {
    @Suite struct DiscordLarge {
        private static func request(_ id: String, _ channel: JSONTree, text: Int) -> JSONTree {
            let output = JSONTree.string(String(repeating: "x", count: text))
            return [
                "event_type": "flow_run_requested", "run_id": .string(id), "flow_id": "inline", "user_id": "77",
                "input": ["url": "https://user:secret@example.org/a?b=c"],
                "flow_definition": Flows.flow([Flows.task("a", "echo", inputs: ["text": output])]),
                "delivery": [channel],
            ]
        }

        private static func entry(_ channel: String, attach: String = "auto") -> JSONTree {
            ["channel": "discord.channel", "channel_id": .string(channel), "attach": .string(attach)]
        }

        /// What stands between two marks.
        private static func part(_ text: String, from start: String, to end: String) -> String {
            guard let first = text.range(of: start) else { return "" }
            return text[first.upperBound...].components(separatedBy: end).first ?? ""
        }

        /// By link alone, by a key that sees no payloads with the code, and not without it.
        private static func fetch(_ said: String, _ run: String, _ bytes: Int, _ gateway: Gateway, key: String) throws {
            let code = part(said, from: "code `", to: "`")
            let id = part(said, from: "delivery redeem ", to: "`")
            let link = part(said, from: "<https://flowfleet.example", to: ">")
            #expect(id.hasPrefix("res_") && code.count == 11 && link.hasSuffix("?code=" + code), "\(said)")
            let shown = try gateway.get("/v1/results/\(id)", key: key)
            #expect(shown.status == 200 && shown["reason"] == "too_large" && shown["redeemed_at"] == nil)
            #expect(shown["results"]?.string?.hasPrefix("(masked") ?? false)
            #expect(shown["url"] == "https://example.org/a")
            let bare = try gateway.call("POST", "/v1/results/\(id)/redeem", [:], key: key)
            let wrong = try gateway.get("/v1/results/\(id)/pick-up?code=00000-00000")
            let none = try gateway.get("/v1/results/\(id)/pick-up")
            #expect(bare.status == 403 && wrong.status == 403 && none.status == 403)
            let picked = try gateway.get(link)
            let text = String(repeating: "x", count: bytes)
            #expect(picked.status == 200 && picked.text.contains(text), "\(picked.text.prefix(300))")
            let taken = try gateway.call("POST", "/v1/results/\(id)/redeem", ["code": .string(code)], key: key)
            #expect(taken.status == 200 && taken["run_id"]?.string == run, "\(taken.text.prefix(300))")
            #expect(taken.text.contains(text))
        }

        @Test func `what Discord could not take whole is fetched with what the message says`() throws {
            let twin = try DiscordTwin()
            let own = ["COURIER_PUBLIC_URL": "https://flowfleet.example"]
            try Fleet.with("discord-large", orchestrators: 1, executors: 1, settings: twin.settings.merging(own) { $1 })
            {
                fleet in
                let channels = (0..<3).map { _ in twin.addChannel() }
                let interaction = twin.addInteraction()
                try fleet.produce([
                    Self.request("never", Self.entry(channels[0], attach: "never"), text: 9_000),
                    Self.request("huge", Self.entry(channels[1], attach: "never"), text: 10),
                    Self.request("file", Self.entry(channels[2]), text: 10),
                    Self.request(
                        "reply",
                        [
                            "channel": "discord.interaction", "application_id": .string(twin.applicationID),
                            "token": .string(interaction),
                        ], text: 9_001),
                ])
                try fleet.wait(for: "select count(*) from deliveries where kind = 'end'", atLeast: 4)
                // No payload of today's reaches what Discord refuses as a file; a row of an end may.
                for run in ["huge", "file"] {
                    try fleet.execute(
                        """
                        update deliveries set event = jsonb_set(event::jsonb, '{data,output,text}',
                            to_jsonb(repeat('x', 9000000)))::text where run_id = '\(run)' and kind = 'end'
                        """)
                }
                // Even a small file is too large for this one.
                twin.setSmallestRefusedForm(100)
                try fleet.startCourier()
                try fleet.wait(for: "select count(*) from results where reason = 'too_large'", atLeast: 4)
                let gateway = try fleet.startGateway(settings: ["GATEWAY_AUTH": "keys"])
                let made = try fleet.command(
                    "admin", "keys", "create", "-o", "json", "--scope", "runs:read", "--scope", "runs:write")
                let key = try #require(JSONTree(text: Data(made.text.utf8))["key"]?.string, "\(made.errors)")
                for (run, channel, bytes) in [
                    ("never", channels[0], 9_000), ("huge", channels[1], 9_000_000), ("file", channels[2], 9_000_000),
                ] {
                    let said = twin.messages(in: channel).map(\.content)
                    #expect(said.count == 1)
                    try Self.fetch(said.first ?? "", run, bytes, gateway, key: key)
                }
                try Self.fetch(twin.original(interaction)?.content ?? "", "reply", 9_001, gateway, key: key)
                let states = try fleet.texts("select distinct state from deliveries where kind = 'end'")
                let open = fleet.number("select count(*) from results where redeemed_at is null")
                let urls = try fleet.texts("select distinct url from results")
                #expect(states == ["delivered"] && open == 0 && urls == ["https://example.org/a?b=c"])
            }
        }
    }
}
