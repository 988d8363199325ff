import Synchronization
import Testing
import Workflow

@testable import flowfleet

/// Keeps what a command prints.
final class Recorder: Sendable {
    private let written = Mutex((data: [UInt8](), notes: [UInt8]()))
    var data: String { written.withLock { String(decoding: $0.data, as: UTF8.self) } }
    var notes: String { written.withLock { String(decoding: $0.notes, as: UTF8.self) } }

    var console: Console {
        Console(
            data: { bytes in self.written.withLock { $0.data += bytes } },
            notes: { bytes in self.written.withLock { $0.notes += bytes } })
    }
}

@Suite struct OutputTests {
    static func record(_ id: String, _ status: String) -> OutputRecord {
        var record = OutputRecord()
        record.add("run_id", .text(id))
        record.add("status", .text(status))
        record.add("lane", .number(3))
        record.add("error", .absent)
        return record
    }

    static let columns = Columns("runs", list: "run_id status error", more: "lane")

    func printed(_ format: OutputFormat, _ records: [OutputRecord], chosen: [String]? = nil) -> Recorder {
        let recorder = Recorder()
        let printer = Printer(format: format, console: recorder.console, columns: Self.columns, chosen: chosen)
        printer.list(records, empty: "no runs")
        return recorder
    }

    @Test func `columns are those that are asked for, in that order, and one that is none is told with all others`() {
        let text = printed(.table, [Self.record("a", "running")], chosen: ["lane", "run_id"]).data
        #expect(text == "LANE  RUN_ID\n3     a\n")
        let told = CommandFailure.usage("runs have no column lan", advice: "there are: run_id,status,error,lane")
        #expect(throws: told) {
            try Self.columns.chosen("run_id,lan")
        }
        #expect(throws: CommandFailure.self) { try Self.columns.chosen(",") }
    }

    @Test func `a table has a title line and columns as wide as they need`() {
        let text = printed(.table, [Self.record("a", "running"), Self.record("longer", "failed")]).data
        #expect(text == "RUN_ID  STATUS   ERROR\na       running  -\nlonger  failed   -\n")
    }

    @Test func `json is one array and jsonl one object a line, with everything`() {
        let records = [Self.record("a", "running"), Self.record("b", "failed")]
        let (json, jsonl) = (printed(.json, records).data, printed(.jsonl, records).data)
        let first = #"{"run_id":"a","status":"running","lane":3}"#
        let second = #"{"run_id":"b","status":"failed","lane":3}"#
        #expect(json == "[\(first),\n \(second)]\n")
        #expect(jsonl == "\(first)\n\(second)\n")
    }

    @Test func `nothing is an empty array for programs and a remark for people`() {
        let (table, json, jsonl) = (printed(.table, []), printed(.json, []), printed(.jsonl, []))
        #expect(table.data.isEmpty)
        #expect(table.notes == "no runs\n")
        #expect(json.data == "[]\n")
        #expect(jsonl.data.isEmpty)
    }

    @Test func `nothing that a terminal would act on reaches it`() {
        let text = TextTable.harmless("red\u{1B}[31m\nline\u{202E}end\u{7F}")
        #expect(text == "red\\u{1b}[31m line\\u{202e}end\\u{7f}")
    }

    @Test func `lines are cut at the width of the terminal only`() {
        let table = TextTable(titles: ["A", "B"], rows: [["one", String(repeating: "x", count: 50)]], width: 12)
        let (narrow, wide) = (table.lines(), TextTable(titles: table.titles, rows: table.rows).lines())
        #expect(narrow == ["A    B", "one  xxxxxx…"])
        #expect(wide[1].count == 55)
    }
}

@Suite struct RunScreenTests {
    static func task(_ id: String, _ status: String, waitingFor: [String] = []) -> TaskRecord {
        var task = TaskRecord()
        task.taskID = id
        task.status = status
        task.waitingFor = waitingFor
        return task
    }

    @Test func `the screen counts all tasks and shows those in trouble first`() {
        var tasks = (0..<100).map { Self.task("t\($0)", "succeeded") }
        tasks[90] = Self.task("t90", "failed")
        tasks[95] = Self.task("t95", "retrying")
        let screen = RunScreen(run: RunRecord(), tasks: tasks)
        let lines = screen.lines(height: 10, width: nil, usesColour: false)
        #expect(screen.counts == "100 tasks: 1 failed, 1 retrying, 98 succeeded")
        #expect(lines.count == 10)
        #expect(lines.contains { $0.hasPrefix("t90") } && lines.contains { $0.hasPrefix("t95") })
        #expect(lines.last == "… and 95 more tasks")
    }

    @Test func `a pending task says what it waits for`() {
        let notes = [Self.task("a", "pending").note, Self.task("b", "pending", waitingFor: ["a", "c"]).note]
        #expect(notes == ["dispatched", "waits for a, c"])
    }
}
