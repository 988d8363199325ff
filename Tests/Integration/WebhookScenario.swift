import Foundation
import TestSupport
import Testing

/// Webhooks as their receivers see them: by the packages they use, and in numbers.
extension Scenarios {
    @Suite struct TheWebhooks {
        private static let verifier = """
            import json, sys, standardwebhooks.webhooks, svix.webhooks
            for line in sys.stdin:
                got = json.loads(line)
                for secret in got["secrets"]:
                    for kind in (standardwebhooks.webhooks.Webhook, svix.webhooks.Webhook):
                        kind(secret).verify(got["body"], got["headers"])
                    try:
                        svix.webhooks.Webhook(secret).verify(got["body"] + " ", got["headers"])
                    except svix.webhooks.WebhookVerificationError:
                        continue
                    raise SystemExit("a changed body was taken")
            print("good")
            """

        @Test(.webhookPackages)
        func `receivers' own packages take the signatures of each secret, and of no other body`() throws {
            let receiver = try Receiver()
            let other = "whsec_b3RoZXItd2ViaG9vay1zZWNyZXQtMDAwMDAwMDAwMDE="
            try Fleet.with("signed", orchestrators: 1, executors: 1) { fleet in
                let settings = try Webhooks.settings(fleet)
                let file = fleet.folder.appendingPathComponent("secrets.json")
                try Data(#"{"default":["\#(Webhooks.secret)","\#(other)"]}"#.utf8).write(to: file)
                try fleet.startCourier(settings: settings)
                var wide = Webhooks.request("ünï", [Webhooks.channel(receiver)])
                wide = .object([
                    "event_type": "flow_run_requested", "run_id": "ünï", "flow_id": "inline",
                    "input": ["n": "ä\n\"😀"], "flow_definition": Flows.chain(2),
                    "delivery": [Webhooks.channel(receiver)],
                ])
                try fleet.produce([wide, Webhooks.request("plain", [Webhooks.channel(receiver)])])
                try fleet.wait(for: "select count(*) from deliveries where state = 'delivered'", atLeast: 2)
                let lines = receiver.requests.map { request -> String in
                    let headers = request.headers.mapValues { JSONTree.string($0) }
                    let line: JSONTree = [
                        "headers": .object(headers), "body": .string(request.text),
                        "secrets": [.string(Webhooks.secret), .string(other)],
                    ]
                    return line.text
                }
                let python = try #require(Services.webhooks)
                let verdict = try Command.run(
                    python, ["-c", Self.verifier], input: Data((lines.joined(separator: "\n") + "\n").utf8))
                #expect(verdict.status == 0 && verdict.text == "good\n" && lines.count == 2, "\(verdict.errors)")
            }
        }

        /// The issue asks for 20 s, of release builds; with debug ones, beside whatever else runs, it is a wide net.
        @Test func `two couriers bring ten thousand results to a webhook, none twice`() throws {
            let count = 10_000
            let receiver = try Receiver()
            try Fleet.with("many", orchestrators: 0, executors: 0) { fleet in
                let settings = try Webhooks.settings(fleet)
                try fleet.execute(Self.rows(count, receiver.url))
                let began = ContinuousClock.now
                try fleet.startCourier(settings: settings)
                try fleet.startCourier(settings: settings)
                try fleet.wait(
                    for: "select count(*) from deliveries where state = 'delivered'", atLeast: count, seconds: 120)
                let seconds = (ContinuousClock.now - began).seconds
                print("figure: \(count) webhooks by two couriers in \(seconds) s (\(Self.build))")
                #expect(seconds < Self.limit)
                let ids = receiver.ids
                #expect(ids.count == count && Set(ids).count == count)
                #expect(fleet.number("select count(distinct courier) from delivery_attempts") == 2)
            }
        }

        #if DEBUG
            private static let (build, limit) = ("debug", 60.0)
        #else
            private static let (build, limit) = ("release", 20.0)
        #endif

        /// Runs that ended, and what is owed for them, as lanes write them.
        private static func rows(_ count: Int, _ url: String) -> String {
            """
            insert into flow_run_history (run_id, flow_id, tenant_id, user_id, correlation_id, status, input_data,
                output_data, created_at, updated_at, completed_at, session_id, lane, batch, config_snapshot)
            select 'm' || n, 'f', 'default', 'u', 'm' || n, 'completed', '{}', '{"n":7}', now(), now(), now(), 's', 0,
                1, '{"delivery":[{"channel":"webhook","url":"\(url)"}]}' from generate_series(1, \(count)) as n;
            insert into deliveries (run_id, ending, kind, tenant_id, user_id, session_id, flow_id, due_at, event)
            select 'm' || n, 1, 'end', 'default', 'u', 's', 'f', now(),
                '{"type":"run.completed","timestamp":"2026-11-22T00:00:00.000Z","data":{"run_id":"m' || n
                || '","status":"completed","degraded":false,"output":{"n":7},"error":null}}'
            from generate_series(1, \(count)) as n
            """
        }
    }
}
