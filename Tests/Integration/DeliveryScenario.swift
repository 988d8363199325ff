import Foundation
import TestSupport
import Testing

/// Results on their way to people, over a whole fleet.
extension Scenarios {
    @Suite struct Delivery {
        @Test func `a run's result reaches its webhook, signed, and the run knows nothing of it`() throws {
            let receiver = try Receiver()
            try Fleet.with("webhook", orchestrators: 1, executors: 1) { fleet in
                try fleet.startCourier(settings: Webhooks.settings(fleet))
                try fleet.produce([Webhooks.request("r1", [Webhooks.channel(receiver)])])
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

        @Test func `a run that fails at once owes its error, and malformed channels fail no run`() throws {
            let receiver = try Receiver()
            try Fleet.with("owed", orchestrators: 1, executors: 1) { fleet in
                try fleet.startCourier(settings: Webhooks.settings(fleet))
                var unknown = Webhooks.request("bad", [Webhooks.channel(receiver)])
                unknown = unknown.without("flow_definition")
                try fleet.produce([
                    unknown, Webhooks.request("odd", "what?"), Webhooks.request("none", [["channel": "pigeon"]]),
                ])
                let orphans = "select count(*) from deliveries where state = 'orphaned'"
                try fleet.wait(for: orphans, atLeast: 2)
                try fleet.wait(for: "select count(*) from deliveries where state = 'delivered'", atLeast: 1)
                #expect(receiver.requests.first?.json["type"] == "run.failed")
                #expect(try fleet.run("odd")?.status == "completed" && fleet.run("none")?.status == "completed")
                let reasons = try fleet.texts("select distinct reason from results")
                #expect(reasons == ["malformed"])
            }
        }

        /// Receivers of every kind, and one that comes back: afterwards each result has arrived or waits.
        @Test func `receivers that are down, slow, break, hang or answer nonsense lose nothing`() throws {
            let kinds: [Receiver.Behaviour] = [
                { _ in .status(503) }, { _ in .after(seconds: 0.5, .status(200)) }, { _ in .reset }, { _ in .garbage },
                { _ in .status(302, headers: ["Location": "http://127.0.0.1:1/"]) },
            ]
            let receivers = try kinds.map { try Receiver($0) } + [try Receiver()]
            receivers[5].stop()
            try Fleet.with("receivers", orchestrators: 1, executors: 1) { fleet in
                let log = try fleet.startCourier(settings: Webhooks.settings(fleet, delays: "0,1,1,1,1,1,1"))
                for (index, receiver) in receivers.enumerated() {
                    try fleet.produce((0..<5).map { Webhooks.request("r\(index)-\($0)", [Webhooks.channel(receiver)]) })
                }
                try fleet.waitForRuns(30)
                Waiting.forSeconds(1.5)
                for receiver in receivers { receiver.behave { _ in .status(200) } }
                try receivers[5].start()
                try fleet.wait(
                    for: "select count(*) from deliveries where state <> 'waiting'", atLeast: 30, seconds: 60)
                #expect(fleet.number("select count(*) from deliveries where state = 'delivered'") == 30)
                #expect(fleet.number("select count(*) from flow_run_history where status = 'completed'") == 30)
                for receiver in receivers { Webhooks.expectStableIDs(receiver) }
                try Webhooks.expectNoCanaries(fleet, log)
            }
        }

        @Test(arguments: ["claimed", "sent-not-noted"])
        func `a courier killed at its worst moment loses nothing, and repeats carry the same id`(point: String) throws {
            let receiver = try Receiver()
            try Fleet.with("courierkill", orchestrators: 1, executors: 1) { fleet in
                let settings = try Webhooks.settings(fleet)
                let first = try fleet.startCourier(settings: settings.merging(["FLOWFLEET_KILL_POINT": point]) { $1 })
                try fleet.produce((0..<20).map { Webhooks.request("r\($0)", [Webhooks.channel(receiver)]) })
                let hasDied = Waiting.until(30) { !first.isRunning }
                #expect(hasDied)
                fleet.forget(first)
                try fleet.execute("update deliveries set claimed_until = now() where claimed_until is not null")
                try fleet.startCourier(settings: settings)
                try fleet.startCourier(settings: settings)
                try fleet.wait(
                    for: "select count(*) from deliveries where state = 'delivered'", atLeast: 20, seconds: 40)
                let runs = Set(receiver.requests.compactMap { $0.json["data"]?["run_id"]?.string })
                #expect(runs.count == 20 && Set(receiver.ids).count == 20)
                Webhooks.expectStableIDs(receiver)
            }
        }

        @Test func `private addresses are refused however they are written, and the result waits`() throws {
            try Fleet.with("guarded", orchestrators: 1, executors: 1) { fleet in
                var settings = try Webhooks.settings(fleet)
                settings["COURIER_ALLOW_PRIVATE"] = "false"
                try fleet.startCourier(settings: settings)
                let hosts = [
                    "127.0.0.1", "localhost", "2130706433", "0x7f000001", "017700000001", "127.1", "[::1]",
                    "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "169.254.169.254", "10.0.0.1",
                    "192.168.1.1", "[fe80::1]", "[fd00::1]", "0.0.0.0", "user@127.0.0.1", "[::]",
                ]
                try fleet.produce(
                    hosts.enumerated().map { index, host in
                        let url = JSONTree.string("http://\(host):9/x")
                        return Webhooks.request("h\(index)", [["channel": "webhook", "url": url]])
                    })
                try fleet.wait(
                    for: "select count(*) from deliveries where state <> 'waiting'", atLeast: hosts.count, seconds: 60)
                let odd = try fleet.texts(
                    """
                    select delivery_id || ' ' || outcome || ' ' || coalesce(error, '') from delivery_attempts
                    where outcome <> 'refused' or error not like '%allowed%'
                    """)
                #expect(odd == [], "\(odd)")
                #expect(fleet.number("select count(*) from results where reason = 'undeliverable'") == hosts.count)
            }
        }
    }
}

/// Requests with webhooks, and what must hold of what a receiver got.
enum Webhooks {
    /// 32 bytes, as Standard Webhooks wants them.
    static let secret = "whsec_Y2FuYXJ5LXdlYmhvb2stc2VjcmV0LTAwMDAwMDAwMDE="

    static func settings(_ fleet: Fleet, delays: String = "0,0.3,0.3,0.3,0.3,0.3") throws -> [String: String] {
        let file = fleet.folder.appendingPathComponent("secrets.json")
        try Data(#"{"default":"\#(secret)"}"#.utf8).write(to: file)
        return ["COURIER_SECRETS_FILE": file.path, "COURIER_WEBHOOK_DELAYS": delays]
    }

    static func channel(_ receiver: Receiver) -> JSONTree {
        ["channel": "webhook", "url": .string(receiver.url + "?key=canary-in-the-query")]
    }

    static func request(_ id: String, _ delivery: JSONTree, flow: JSONTree? = nil) -> JSONTree {
        [
            "event_type": "flow_run_requested", "run_id": .string(id), "flow_id": "inline", "user_id": "ann",
            "input": ["url": "https://example.org/a?b=c", "n": 7], "flow_definition": flow ?? Flows.chain(1),
            "delivery": delivery,
        ]
    }

    /// One id for each run, however often it came.
    static func expectStableIDs(_ receiver: Receiver) {
        var ids: [String: Set<String>] = [:]
        for (request, id) in zip(receiver.requests, receiver.ids) {
            ids[request.json["data"]?["run_id"]?.string ?? "", default: []].insert(id)
        }
        let several = ids.filter { $0.value.count != 1 }
        #expect(several.isEmpty, "\(several)")
    }

    /// Secrets and tokens stand nowhere but where they came in.
    static func expectNoCanaries(_ fleet: Fleet, _ courier: FleetProcess) throws {
        let rows = try fleet.texts(
            "select d::text from deliveries d union all select a::text from delivery_attempts a "
                + "union all select r::text from results r union all select e::text from delivery_endpoints e")
        let found = (rows + [courier.logText]).filter {
            $0.contains("canary") || $0.contains(secret.dropFirst(6))
        }
        #expect(found == [], "\(found.first ?? "")")
    }
}
