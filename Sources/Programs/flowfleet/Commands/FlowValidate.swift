import API
import JSON
import Platform
import Workflow

extension Command {
    static let flowValidate = Command(
        "flow validate", "check a flow definition and show when its tasks would be tried again",
        discussion: """
            Lists every problem with its path. For a valid definition it shows for each task the seconds at which its
            attempts start when all of them fail at once. Needs no connection; pools and defaults come from the
            settings.
            """,
        operands: [Operand("FILE", "the definition, a JSON file; - reads standard input")], columns: [.timelines],
        examples: ["flowfleet flow validate report.json", "flowfleet flow validate - -o json < report.json"]
    ) { call throws(CommandFailure) in
        let printer = try call.printer(.timelines)
        let definition = try Payload.file(call.operand(0))
        let settings = try Connections(call).flowSettings
        switch Flow.compile(definition[...], flowID: nil, settings: settings) {
        case .success(let flow):
            show(flow, call, printer)
            return .ok
        case .failure(let problems):
            guard printer.format == .table else {
                call.console.put(bytes: report(problems))
                return .invalid
            }
            throw CommandFailure(ServiceFailure(problems))
        }
    }

    private static func show(_ flow: Flow, _ call: Invocation, _ printer: Printer) {
        let timelines = RetryTimeline.all(of: flow).map { OutputRecord($0) }
        guard printer.format == .table else {
            var record = OutputRecord()
            record.add("valid", .bool(true))
            record.add("flow_id", OutputRecord.Value(flow.flowID?.description))
            record.add("sha256", .text(flow.sha256Hex))
            let tasks = timelines.map { $0.json }.joined(separator: [UInt8(ascii: ",")])
            record.add("tasks", .json((Array("[".utf8) + tasks + Array("]".utf8))[...]))
            return printer.one(record)
        }
        call.console.note("valid: \(flow.flowID?.description ?? "a flow without id"), tasks: \(flow.tasks.count)")
        printer.list(timelines, empty: "")
    }

    private static func report(_ problems: FlowProblems) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("valid")
        writer.bool(false)
        writer.key("problems")
        writer.beginArray()
        for problem in problems.problems {
            writer.beginObject()
            writer.key("path")
            writer.string(problem.path)
            writer.key("message")
            writer.string(problem.message)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }
}

extension OutputRecord {
    fileprivate init(_ timeline: RetryTimeline) {
        self.init()
        add("task_id", .text(timeline.taskID))
        add("handler", .text(timeline.handler))
        add("pool", .text(timeline.pool))
        let seconds = timeline.attemptsAt.map(RetryTimeline.text)
        add("attempts_at", .json(Array("[\(seconds.joined(separator: ","))]".utf8)[...]))
        add("attempts_at_seconds", .text(seconds.joined(separator: ", ")))
    }
}
