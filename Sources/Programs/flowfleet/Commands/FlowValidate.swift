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
        operands: [Operand("FILE", "the definition, a JSON file; - reads standard input")],
        examples: ["flowfleet flow validate report.json", "flowfleet flow validate - -o json < report.json"]
    ) { call throws(CommandFailure) in
        let definition = try Payload.file(call.operand(0))
        let settings = try Connections(call).flowSettings
        switch Flow.compile(definition[...], flowID: nil, settings: settings) {
        case .success(let flow):
            show(flow, call)
            return .ok
        case .failure(let problems):
            guard call.printer.format == .table else {
                call.console.put(bytes: report(problems))
                return .invalid
            }
            throw CommandFailure(ServiceFailure(problems))
        }
    }

    private static func show(_ flow: Flow, _ call: Invocation) {
        let timelines = RetryTimeline.all(of: flow).map { OutputRecord($0) }
        guard call.printer.format == .table else {
            var record = OutputRecord()
            record.add("valid", .bool(true))
            record.add("flow_id", OutputRecord.Value(flow.flowID?.description))
            record.add("sha256", .text(flow.sha256Hex))
            let tasks = timelines.map { $0.json }.joined(separator: [UInt8(ascii: ",")])
            record.add("tasks", .json((Array("[".utf8) + tasks + Array("]".utf8))[...]))
            return call.printer.one(record)
        }
        call.console.note("valid: \(flow.flowID?.description ?? "a flow without id"), tasks: \(flow.tasks.count)")
        call.printer.list(timelines, empty: "")
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
