import Foundation
import TestSupport
import Testing

/// Results on their way to people, over a whole fleet.
extension Scenarios {
    @Suite struct Delivery {
        /// 32 bytes, as Standard Webhooks wants them.
        static let secret = "whsec_Y2FuYXJ5LXdlYmhvb2stc2VjcmV0LTAwMDAwMDAwMDE="

        static func secrets(_ fleet: Fleet) throws -> [String: String] {
            let file = fleet.folder.appendingPathComponent("secrets.json")
            try Data(#"{"default":"\#(secret)"}"#.utf8).write(to: file)
            return ["COURIER_SECRETS_FILE": file.path, "COURIER_WEBHOOK_DELAYS": "0,0.3,0.3,0.3,0.3,0.3"]
        }

        static func request(_ id: String, _ delivery: JSONTree, flow: JSONTree? = nil) -> JSONTree {
            [
                "event_type": "flow_run_requested", "run_id": .string(id), "flow_id": "inline", "user_id": "ann",
                "input": ["url": "https://example.org/a?b=c", "n": 7], "flow_definition": flow ?? Flows.chain(1),
                "delivery": delivery,
            ]
        }

        @Test func `a run's result reaches its webhook, signed, and the run knows nothing of it`() throws {
            let receiver = try Receiver()
            try Fleet.with("webhook", orchestrators: 1, executors: 1) { fleet in
                try fleet.startCourier(settings: Self.secrets(fleet))
                try fleet.produce(
                    [Self.request("r1", [["channel": "webhook", "url": .string(receiver.url)]])])
                try fleet.wait(for: "select count(*) from deliveries where state = 'delivered'", atLeast: 1)
                let got = receiver.requests
                #expect(got.count == 1)
                let body = try #require(got.first).json
                #expect(body["type"] == "run.completed" && body["data"]?["run_id"] == "r1")
                #expect(body["data"]?["status"] == "completed" && body["data"]?["output"]?["n"] == 7, "\(got[0].text)")
                #expect(receiver.ids[0].hasPrefix("msg_"))
                #expect(got[0].headers["webhook-signature"]?.hasPrefix("v1,") == true)
                let tries = try fleet.texts("select outcome || ' ' || code from delivery_attempts")
                #expect(tries == ["delivered 204"])
            }
        }
    }
}
