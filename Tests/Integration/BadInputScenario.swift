import Foundation
import TestSupport
import Testing

/// Item 6: bad input is a clear dead letter or error, and the lane goes on.
extension Scenarios {
    @Suite struct BadInput {
        /// What becomes of a bad record: a dead letter only, or a failed run beside it.
        enum Fate {
            case record
            case run(String)
        }

        struct Case {
            let name: String
            let bytes: [UInt8]?
            let fate: Fate
            let reasons: Set<String>

            init(_ name: String, _ bytes: [UInt8]?, _ fate: Fate = .record, _ reasons: String...) {
                self.name = name
                self.bytes = bytes
                self.fate = fate
                self.reasons = reasons.isEmpty ? ["undecodable"] : Set(reasons)
            }
        }

        private static func text(_ text: String) -> [UInt8] { [UInt8](text.utf8) }

        private static func event(_ runID: String, _ more: String) -> [UInt8] {
            text(#"{"event_type":"flow_run_requested","run_id":"\#(runID)",\#(more)}"#)
        }

        private static let good = #""flow_id":"inline","flow_definition":{"tasks":[{"task_id":"a","handler":"echo"}]}"#

        private static func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }

        static let undecodable: [Case] = [
            Case("not JSON", text("hello")), Case("half a JSON", text(#"{"event_type":"flow_run_requested","run"#)),
            Case("no bytes", []), Case("no value", nil), Case("an array", text("[1,2]")), Case("a number", text("12")),
            Case("a run_id of the wrong type", text(#"{"event_type":"flow_run_requested","run_id":7,"flow_id":"f"}"#)),
            Case("no run_id", text(#"{"event_type":"flow_run_requested","flow_id":"f"}"#)),
            Case("an empty run_id", event("", good)),
            Case("a run_id of 256 bytes", event(String(repeating: "x", count: 256), good)),
            Case("a run_id with a control character", event(#"a\u0007b"#, good)),
            Case("an unknown event type", text(#"{"event_type":"flow_run_wished","run_id":"wished","flow_id":"f"}"#)),
            Case("an event type of the wrong type", text(#"{"event_type":[],"run_id":"typed","flow_id":"f"}"#)),
            Case("no event type", text(#"{"run_id":"typeless","flow_id":"f"}"#)),
            Case("invalid UTF-8", event("utf8", #""input":{"a":""#) + [0xFF, 0xC0] + text(#""}}"#)),
        ]

        static let failing: [Case] = [
            Case("an unknown flow", event("unknownflow", #""flow_id":"nowhere""#), .run("unknownflow"), "invalid_flow"),
            Case(
                "no tasks", event("notasks", #""flow_id":"f","flow_definition":{"tasks":[]}"#), .run("notasks"),
                "invalid_flow"),
            Case(
                "a cycle",
                event(
                    "cycle",
                    #""flow_id":"f","flow_definition":{"tasks":[{"task_id":"a","handler":"echo","depends_on":["b"]},"#
                        + #"{"task_id":"b","handler":"echo","depends_on":["a"]}]}"#
                ), .run("cycle"), "invalid_flow"),
            Case(
                "an unknown field",
                event("field", #""flow_id":"f","flow_definition":{"tasks":[{"task_id":"a","handlr":"echo"}]}"#),
                .run("field"), "invalid_flow"),
            Case(
                "an input of 900 KB and a byte",
                event("large", good + #","input":"\#(String(repeating: "x", count: 900 * 1024 - 1))""#), .run("large"),
                "too_large"),
            Case(
                "a zero character", event("zero", good + #","input":{"a":"x\u0000"}"#), .run("zero"), "invalid_flow"),
            Case(
                "half a surrogate", event("half", good + #","input":{"a":"\ud800"}"#), .run("half"), "invalid_flow"),
            Case(
                "a number of no use", event("huge", good + #","input":{"a":1e999999}"#), .run("huge"), "invalid_flow"),
            Case(
                "a payload nested 65 deep", event("deep65", good + #","input":\#(nested(65))"#), .run("deep65"),
                "invalid_flow"),
            Case(
                "a payload nested 5,000 deep", event("deep5k", good + #","input":\#(nested(5_000))"#), .run("deep5k"),
                "invalid_flow"),
            Case(
                "a payload nested 100,000 deep", event("deep100k", good + #","input":\#(nested(100_000))"#),
                .run("deep100k"), "invalid_flow"),
        ]

        @Test func `every kind of bad request is told and no lane stops`() throws {
            try Fleet.with("badinput", orchestrators: 1, executors: 1) { fleet in
                let cases = Self.undecodable + Self.failing
                for (number, bad) in cases.enumerated() {
                    try fleet.produceRaw(bad.bytes, key: "k", partition: number % 4)
                }
                for partition in 0..<4 {
                    try fleet.produce([Flows.request("after\(partition)", flow: Flows.chain(2))], partition: partition)
                }
                try fleet.waitForRuns(4, where: "run_id like 'after%'")
                let letters = try fleet.read(.deadLetters).map(\.value)
                for (number, bad) in cases.enumerated() {
                    try judge(bad, partition: number % 4, offset: number / 4, letters, in: fleet)
                }
                #expect(letters.count == cases.count)
                let stranger = fleet.number("select count(*) from flow_run_history") ?? -1
                #expect(stranger == 4 + Self.failing.count)
                let dead = fleet.processes.filter { !$0.isRunning }.map(\.name)
                #expect(dead == [])
            }
        }

        private func judge(_ bad: Case, partition: Int, offset: Int, _ letters: [JSONTree], in fleet: Fleet) throws {
            switch bad.fate {
            case .record:
                let id = "dl/\(fleet.name(.flowRuns))/\(partition)/\(offset)"
                let letter = letters.first { $0["message_id"]?.string == id }
                let reason = letter?["reason"]?.string ?? "no dead letter"
                #expect(bad.reasons.contains(reason), "\(bad.name): \(reason)")
                let value = letter?["original"]?["value_base64"]?.string.flatMap { Data(base64Encoded: $0) }
                if let bytes = bad.bytes { #expect(value == Data(bytes), "\(bad.name): its bytes were not kept") }
            case .run(let runID):
                let run = try fleet.run(runID)
                #expect(run?.status == "failed", "\(bad.name): the run is \(run?.status ?? "not there")")
                #expect(run?.error_message?.isEmpty == false, "\(bad.name): the run says no reason")
                let letter = letters.first { $0["run_id"]?.string == runID }
                #expect(
                    bad.reasons.contains(letter?["reason"]?.string ?? ""),
                    "\(bad.name): \(letter?.text.prefix(300) ?? "no dead letter")")
            }
        }

        @Test func `bad results fail their task or are kept aside and no lane stops`() throws {
            try Fleet.with("badresults", orchestrators: 1, executors: 0) { fleet in
                let flow = Flows.flow([Flows.task("a", "other.work", more: ["max_retries": 0])])
                let outputs = [
                    "large": #""\#(String(repeating: "x", count: 900 * 1024 - 1))""#, "zero": #""x\u0000""#,
                    "half": #""\ud800""#,
                    "huge": "1e999999",
                ]
                try fleet.produce(outputs.keys.map { Flows.request($0, flow: flow) })
                try fleet.wait(for: "select count(*) from flow_run_history", atLeast: outputs.count)
                for (run, output) in outputs {
                    let event = #"{"run_id":"\#(run)","task_id":"a","attempt":0,"output":\#(output)}"#
                    try fleet.produceRaw(Self.text(event), to: .taskDone)
                }
                try fleet.produceRaw(Self.text("nonsense"), to: .taskDone)
                try fleet.produceRaw(nil, to: .taskFailed)
                try fleet.waitForRuns(outputs.count)
                for run in outputs.keys {
                    let row = try fleet.run(run)
                    #expect(row?.status == "failed", "\(run)")
                }
                let letters = try fleet.read(.deadLetters).map(\.value)
                let large = letters.first { $0["run_id"]?.string == "large" }
                #expect(large?["reason"] == "too_large")
                let records = letters.filter { $0["kind"] == "record" }
                #expect(records.count == 2)
            }
        }
    }
}
