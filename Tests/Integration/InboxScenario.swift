import Foundation
import TestSupport
import Testing

/// What reached nobody: kept, listed, picked up, replayed, over a whole fleet.
extension Scenarios {
    @Suite struct TheInbox {
        @Test func `a kept result is found by run, address, time and user, picked up once, and may go again`() throws {
            let receiver = try Receiver { _ in .status(500) }
            try Fleet.with("inbox", orchestrators: 1, executors: 1) { fleet in
                let folder = fleet.folder.appendingPathComponent("orphans").path
                var settings = try Webhooks.settings(fleet, delays: "0,0.1")
                settings["COURIER_ORPHAN_DIR"] = folder
                let courier = try fleet.startCourier(settings: settings)
                let gateway = try fleet.startGateway()
                try fleet.produce([
                    Webhooks.request("r/1", [Webhooks.channel(receiver)]),
                    Webhooks.request("r2", [["channel": "inbox", "depth": "deep"]]),
                ])
                try fleet.wait(for: "select count(*) from results", atLeast: 2)
                for query in ["run_id=r%2F1", "url=https%3A%2F%2Fexample.org%2Fa%3Fb%3Dc&run_id=r%2F1"] {
                    let found = try gateway.get("/v1/results?\(query)").items
                    #expect(found.count == 1 && found.first?["reason"] == "undeliverable", "\(query)")
                }
                #expect(try gateway.get("/v1/results?user_id=ann&since=2020-01-01T00:00:00Z&limit=1").items.count == 1)
                #expect(try gateway.get("/v1/results?user_id=bob").items.isEmpty)
                let id = try #require(gateway.get("/v1/results?run_id=r%2F1").items.first?["id"]?.string)
                let wrong = try gateway.call("POST", "/v1/results/\(id)/redeem", ["code": "00000-00000"])
                #expect(wrong.status == 403 && wrong["code"] == "wrong_code", "\(wrong.text)")
                let taken = try gateway.call("POST", "/v1/results/\(id)/redeem", ["actor": "ann"])
                #expect(taken.status == 200 && taken["results"]?["output"]?["n"] == 7, "\(taken.text)")
                #expect(fleet.number("select count(*) from deliveries where state = 'redeemed'") == 1)
                #expect(try gateway.get("/v1/results?open=true").items.count == 1)
                #expect(try gateway.call("POST", "/v1/results/nobody/redeem").status == 404)
                try checkFile(folder + "/r%2f1.json")
                try replay(fleet, gateway, receiver)
                try Webhooks.expectNoCanaries(fleet, courier)
                let metrics = courier.get("/metrics")?.body ?? ""
                #expect(metrics.contains(#"workflow_results_persisted_total{reason="requested",depth="deep"} 1"#))
            }
        }

        private func checkFile(_ path: String) throws {
            let kept = try JSONTree(text: Data(contentsOf: URL(fileURLWithPath: path)))
            #expect(kept["workflow_id"] == "r/1" && kept["retrieval_info"]?["file_path"]?.string == path)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }

        private func replay(_ fleet: Fleet, _ gateway: Gateway, _ receiver: Receiver) throws {
            let first = try #require(receiver.ids.first)
            receiver.behave { _ in .status(200) }
            let found = try #require(gateway.get("/v1/deliveries?run_id=r%2F1").items.first)
            let id = try #require(found["id"]?.int)
            let shown = try gateway.get("/v1/deliveries/\(id)")
            let tries = shown["attempts"]?.array ?? []
            #expect(tries.count == 2 && tries[0]["code"] == 500 && tries[0]["latency_ms"] != nil, "\(shown.text)")
            let wish: JSONTree = ["reason": "mended", "request_id": "mended-1"]
            let again = try gateway.call("POST", "/v1/deliveries/\(id)/replay", wish)
            #expect(again.status == 202, "\(again.text)")
            try fleet.wait(for: "select count(*) from deliveries where state = 'delivered'", atLeast: 1)
            let count = receiver.ids.count
            #expect(receiver.ids.last == first)
            let repeated = try gateway.call("POST", "/v1/deliveries/\(id)/replay", wish)
            #expect(repeated.status == 202 && repeated.text == again.text && receiver.ids.count == count)
            let told = try fleet.texts("select detail from audit_log where request_id = 'mended-1'")
            #expect(told == ["deliveries \(id)"])
            let selected = try gateway.call("POST", "/v1/deliveries/replay", ["run_id": "r/1"])
            #expect(selected.status == 202 && selected["deliveries"]?.array?.count == 1, "\(selected.text)")
            #expect(try gateway.call("POST", "/v1/deliveries/replay", [:]).status == 422)
            #expect(try gateway.get("/v1/deliveries/999999").status == 404)
        }

        @Test func `a run that lives again delivers its next end too, under another id`() throws {
            let receiver = try Receiver()
            try Fleet.with("again", orchestrators: 1, executors: 1, retryWorkers: 1) { fleet in
                try fleet.startCourier(settings: Webhooks.settings(fleet))
                let gateway = try fleet.startGateway()
                let flow = Flows.flow([
                    Flows.task("a", "fail", inputs: ["times": 1, "error": "invalid"], more: ["max_retries": 0])
                ])
                try fleet.produce([Webhooks.request("r1", [Webhooks.channel(receiver)], flow: flow)])
                try fleet.wait(for: "select count(*) from deliveries where state = 'delivered'", atLeast: 1)
                #expect(try gateway.call("POST", "/v1/runs/r1/tasks/a/redrive").status == 200)
                try fleet.wait(for: "select count(*) from deliveries where state = 'delivered'", atLeast: 2)
                let types = receiver.requests.compactMap { $0.json["type"]?.string }
                #expect(types == ["run.failed", "run.completed"] && Set(receiver.ids).count == 2)
            }
        }
    }
}
