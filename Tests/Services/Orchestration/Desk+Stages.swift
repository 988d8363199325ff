import JSON
import Workflow

/// Flows, answers and retries in the words of tests.
extension Desk {
    /// A run of flow `f` with these tasks and what each depends on; each gives its name and the outputs above it.
    func flow(_ run: String, _ tasks: [(String, [String])], lane: Int32 = 0) {
        let list = tasks.map { id, above in
            let ids = above.map { "\"\($0)\"" }.joined(separator: ",")
            let values = above.map { "${tasks.\($0).output}" }.joined(separator: " ")
            return #"{"task_id":"\#(id)","handler":"echo","depends_on":[\#(ids)],"max_retries":0,"#
                + #""inputs":"\#(id)(\#(values))"}"#
        }
        receive(
            .flowRuns,
            #"{"event_type":"flow_run_requested","run_id":"\#(run)","flow_id":"f","#
                + #""flow_definition":{"tasks":[\#(list.joined(separator: ","))]}}"#, lane: lane)
    }

    func answer(_ run: String, _ task: String, output: String? = nil, error: String? = nil, lane: Int32 = 0) {
        if let error {
            receive(.taskFailed, #"{"run_id":"\#(run)","task_id":"\#(task)","error":"\#(error)"}"#, lane: lane)
        } else {
            receive(
                .taskDone, #"{"run_id":"\#(run)","task_id":"\#(task)","output":\#(output ?? "null")}"#, lane: lane)
        }
    }

    func retry(_ parent: String, from stage: String, as run: String, more: String = "", lane: Int32 = 0) {
        receive(
            .flowRuns,
            #"{"event_type":"flow_run_requested","run_id":"\#(run)","flow_id":"f","parent_run_id":"\#(parent)","#
                + #""retry_from_stage":"\#(stage)","request_id":"q-\#(run)"\#(more)}"#, lane: lane)
    }

    /// The tasks of a run that went out, in order.
    func dispatched(_ run: String) -> [String] {
        messages.compactMap { $0.run == run ? $0.task : nil }
    }

    var letters: [Bytes] { log.sent.filter { $0.topic == .deadLetters }.map(\.value) }

    var messages: [(run: String, task: String, inputs: String)] {
        log.sent.compactMap { message in
            guard case .taskQueue = message.topic else { return nil }
            let value = JSONValue(trusted: message.value)
            let text = { (name: StaticString) in
                value.member(name).map { String(decoding: $0.text ?? $0.bytes, as: UTF8.self) } ?? ""
            }
            return (text("run_id"), text("task_id"), text("inputs"))
        }
    }
}
