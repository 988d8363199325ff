import Foundation
import TestSupport
import Testing

/// Many deliveries that go again by one command.
extension Scenarios {
    @Suite struct DeliveryReplays {
        @Test func `deliveries of a choice are shown, agreed to, and replayed page after page`() throws {
            try Fleet.with("replays", orchestrators: 0, executors: 0) { fleet in
                try fleet.execute(
                    """
                    INSERT INTO deliveries (run_id, ending, kind, tenant_id, user_id, session_id, flow_id, state,
                        due_at, event, ended_at)
                    SELECT 'r' || n, 1, kind, 't', 'u', 's', 'f', state, now(), '{}', now()
                    FROM generate_series(1, 450) n,
                         (VALUES ('end', 'orphaned'), ('watch', 'delivered')) k (kind, state)
                    """)
                let orphans = ["delivery", "replay", "--state", "orphaned"]
                let dry = try fleet.command(orphans + ["--dry-run", "-o", "jsonl"])
                #expect(dry.lines.count == 450, "\(dry.errors)")
                let mute = try fleet.command(orphans)
                #expect(mute.status == 2 && mute.errors.contains("--yes does it"), "\(mute.errors)")
                #expect(fleet.number("select count(*) from deliveries where state = 'waiting'") == 0)
                let replayed = try fleet.command(
                    orphans + ["--yes", "--reason", "mended", "--request-id", "q", "-o", "json"])
                #expect(replayed.status == 0, "\(replayed.errors)")
                #expect(replayed.text.contains(#""deliveries":450"#), "\(replayed.text)")
                #expect(fleet.number("select count(*) from deliveries where state = 'waiting'") == 450)
                let told = fleet.number("select count(*) from audit_log where reason = 'mended'")
                #expect(told == 450, "one line for each run")
                let none = try fleet.command(orphans + ["--yes"])
                #expect(none.status == 5 && none.errors.contains("no delivery is found"), "\(none.errors)")
                let two = "run_id in ('r1', 'r2') and kind = 'end'"
                try fleet.execute("update deliveries set state = 'orphaned' where \(two)")
                let one = fleet.number("select min(id) from deliveries where run_id = 'r1' and kind = 'end'") ?? 0
                #expect(try fleet.command("delivery", "replay", "\(one)").status == 0)
                #expect(fleet.number("select count(*) from deliveries where state = 'orphaned'") == 1)
                #expect(try fleet.command("delivery", "replay", "999999").status == 3)
                let waiting = try fleet.command("delivery", "replay", "\(one)")
                #expect(waiting.status == 5 && waiting.errors.contains("it is waiting"), "\(waiting.errors)")
            }
        }

        @Test func `a selection over the API goes on behind the page before, however they end meanwhile`() throws {
            try Fleet.with("replay-pages", orchestrators: 0, executors: 0) { fleet in
                let gateway = try fleet.startGateway()
                try fleet.execute(
                    """
                    INSERT INTO deliveries (run_id, ending, kind, tenant_id, user_id, session_id, flow_id, state,
                        due_at, event, ended_at)
                    SELECT 'r' || n, 1, 'end', 't', 'u', 's', 'f', 'delivered', now(), '{}', now()
                    FROM generate_series(1, 260) n
                    """)
                var (seen, after, calls): ([Int], Int?, Int) = ([], 0, 0)
                while let place = after, calls < 5 {
                    let wish: JSONTree = ["state": "delivered", "after": .number(Double(place))]
                    let page = try gateway.call("POST", "/v1/deliveries/replay", wish)
                    seen += page["deliveries"]?.array?.compactMap(\.int) ?? []
                    after = page["next_after"]?.int
                    calls += 1
                    // As if a courier had delivered them at once.
                    try fleet.execute("update deliveries set state = 'delivered' where state = 'waiting'")
                }
                #expect(calls == 2 && seen.count == 260 && Set(seen).count == 260)
            }
        }
    }
}
