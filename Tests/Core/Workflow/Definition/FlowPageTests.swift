import Foundation
import JSON
import Testing

@testable import Workflow

/// The page on how a flow is written says what the code does.
@Suite struct FlowPageTests {
    let page: String

    init() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../../docs/reference/flow-definition.md")
        page = try String(contentsOf: path, encoding: .utf8)
    }

    @Test func `its definitions compile`() throws {
        let blocks = page.components(separatedBy: "```json\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
        #expect(blocks.count >= 2)
        for block in blocks { #expect(Definitions.problems(block) == []) }
    }

    @Test func `its tables list every field there is`() {
        #expect(fields(under: "## The flow") == Set(FlowDraft.known.map { "\($0)" }))
        #expect(fields(under: "## A task") == Set(TaskDraft.known.map { "\($0)" }))
        #expect(fields(under: "## Waiting before a retry") == Set(RetryDraft.known.map { "\($0)" }))
    }

    @Test func `its templates give what it says`() throws {
        let scene = try Scene(input: #"{"n": 7, "name": "Ada", "list": [1, {"x": "y"}]}"#)
        let rows = cells(under: "## Templates").filter { $0[0].hasPrefix("\"") || $0[0].hasPrefix("{") }
        #expect(rows.count == 7)
        for row in rows {
            var writer = JSONWriter()
            let flow = try Definitions.compile(Definitions.one(#","inputs":\#(row[0])"#)).get()
            try flow.renderInputs(task: 0, scene, to: &writer)
            #expect(String(decoding: writer.bytes, as: UTF8.self) == row[1])
        }
    }

    @Test func `its limits are the code's`() {
        let numbers = cells(under: "## Limits", quoted: false).compactMap { row in
            Int(row[1].filter(\.isNumber))
        }
        let limits = [
            FlowLimits.tasks, FlowLimits.edges, FlowLimits.depth, Limits.definitionBytes, JSONLimits.standard.maxDepth,
            FlowLimits.maxRetries, Int(FlowLimits.seconds),
        ]
        #expect(numbers == limits)
    }

    @Test func `its problems are worded like the code's`() {
        let problems = Definitions.problems(
            #"""
            {"tasks":[{"task_id":"fetch","handler":"h"},
            {"task_id":"s","handler":"h","depends_on":["fetsh"],"inputs":{"text":"${tasks.fetsh.output}"}},
            {"task_id":"t","handler":"h","timeuot":1},
            {"task_id":"a","handler":"h","depends_on":["b"]},{"task_id":"b","handler":"h","depends_on":["a"]}]}
            """#)
        #expect(problems.count == 4)
        for problem in problems { #expect(page.contains("\n\(problem)\n")) }
    }

    private func section(_ title: String) -> String {
        page.components(separatedBy: "\n\(title)\n").last?.components(separatedBy: "\n## ")[0] ?? ""
    }

    private func fields(under title: String) -> Set<String> { Set(cells(under: title).map { $0[0] }) }

    /// The first two cells of each row of the tables in a section, by default only those in code quotes.
    private func cells(under title: String, quoted: Bool = true) -> [[String]] {
        section(title).split(separator: "\n").filter { $0.hasPrefix("| ") }.compactMap { line in
            let cells = line.components(separatedBy: " | ").map {
                $0.trimmingCharacters(in: CharacterSet(charactersIn: "| "))
            }
            guard cells.count >= 2, !quoted || cells[0].hasPrefix("`") else { return nil }
            return quoted ? cells.map { $0.trimmingCharacters(in: CharacterSet(charactersIn: "`")) } : cells
        }
    }
}
