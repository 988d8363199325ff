import Foundation
import TestSupport
import Testing

/// Lists of one run, page by page: nothing twice, nothing left out, never more at once than fits.
extension Scenarios {
    @Suite struct GatewayPages {
        /// Follows the cursors to the end.
        private func pages(_ gateway: Gateway, _ path: String) throws -> [[JSONTree]] {
            var (pages, cursor): ([[JSONTree]], String?) = ([], "")
            while let place = cursor, pages.count < 100 {
                let page = try gateway.get(path + (place.isEmpty ? "" : "&cursor=\(place)"))
                pages.append(page.items)
                cursor = page["next_cursor"]?.string
            }
            return pages
        }

        @Test func `tasks and events of a run come in pages that fit`() throws {
            try Fleet.with("pages", orchestrators: 1, executors: 1) { fleet in
                let gateway = try fleet.startGateway()
                // Of no pattern, so that it takes on the disk what it takes in an answer.
                var random = SeededRandom(seed: 7)
                let text = String(
                    (0..<400_000).map { _ in Character(UnicodeScalar(UInt8.random(in: 97...122, using: &random))) })
                let ids = (0..<30).map { "t\($0 + 10)" }
                let flow = Flows.flow(
                    ids.map { Flows.task($0, inputs: ["text": "${input.text}"]) }, output: ["done": true])
                let run: JSONTree = [
                    "run_id": "r", "flow_id": "inline", "flow_definition": flow, "input": ["text": .string(text)],
                ]
                #expect(try gateway.call("POST", "/v1/runs?wait=30", run)["status"] == "completed")
                let full = try pages(gateway, "/v1/runs/r/tasks?payloads=true&limit=200")
                #expect(full.count > 2, "30 tasks with 800 KB each are more than a page")
                let shown = full.joined().compactMap { $0["task_id"]?.string }
                #expect(shown.sorted() == ids)
                let isWhole = full.joined().allSatisfy { $0["output"]?["text"] == .string(text) }
                #expect(isWhole)
                let bare = try pages(gateway, "/v1/runs/r/tasks?limit=7&status=succeeded")
                #expect(bare.map(\.count) == [7, 7, 7, 7, 2])
                let events = try pages(gateway, "/v1/runs/r/events?limit=7")
                #expect(events.joined().count == 32, "made, ended, and each task's end")
                #expect(events.first?.first?["type"] == "run.created" && events.last?.last?["type"] == "run.completed")
                let ended = Set(events.joined().compactMap { $0["task_id"]?.string })
                #expect(ended.count == 30)
                #expect(try gateway.get("/v1/runs/r/events?cursor=AAAA").status == 400)
            }
        }

        @Test func `what no lane could do is refused at once`() throws {
            try Fleet.with("refused", orchestrators: 1, executors: 1) { fleet in
                let gateway = try fleet.startGateway()
                let flow = Flows.flow([Flows.task("a", "fail")])
                let run: JSONTree = ["run_id": "r", "flow_id": "inline", "flow_definition": flow]
                #expect(try gateway.call("POST", "/v1/runs?wait=30", run)["status"] == "failed")
                let taken = try gateway.call("POST", "/v1/runs/r/retry", ["from_stage": "a", "run_id": "r"])
                #expect(taken.status == 409 && taken["code"] == "run_exists")
                for id in ["c1\u{85}", "c1\u{9F}"] {
                    let named: JSONTree = ["run_id": .string(id), "flow_id": "inline", "flow_definition": flow]
                    #expect(try gateway.call("POST", "/v1/runs", named).status == 422)
                }
                for selection: JSONTree in [["flow": "inline"], ["flow_id": "inline", "statsu": "x"]] {
                    #expect(try gateway.call("POST", "/v1/campaigns", ["selection": selection]).status == 422)
                }
                #expect(try gateway.call("POST", "/v1/campaigns", ["fingerprint": "x"]).status == 422)
                let job: JSONTree = ["job_id": "j", "selected_queries": ["q"], "flow_id": "nobody.knows"]
                #expect(try gateway.call("POST", "/orchestrator-trigger", job)["code"] == "unknown_flow")
                // Base64 of a number with NUL behind it, and of a time before Postgres' first.
                for cursor in ["MC4A", "LTIxMTgxMzQ4ODAwMDAwMDAwMS54"] {
                    #expect(try gateway.get("/v1/runs?cursor=\(cursor)").status == 400)
                }
                #expect(fleet.number("select count(*) from audit_log where action = 'run_start'") == 1)
            }
        }

        @Test func `opening and closing a session is in the audit log`() throws {
            try Fleet.with("session-audit", orchestrators: 0, executors: 0) { fleet in
                let gateway = try fleet.startGateway()
                #expect(try gateway.call("POST", "/v1/sessions", ["session_id": "s"]).status == 201)
                let wish: JSONTree = ["reason": "done with it", "actor": "ann"]
                #expect(try gateway.call("POST", "/v1/sessions/s/close", wish).status == 200)
                let rows = fleet.number(
                    """
                    select count(*) from audit_log where detail = 's' and (action = 'session_open'
                    or action = 'session_close' and actor = 'ann' and reason = 'done with it')
                    """)
                #expect(rows == 2)
            }
        }
    }
}
