import JSON
import Platform

/// The flags that describe a request for a run, and the request they make.
enum RequestFlags {
    static let all = [
        Flag("flow", "ID", "the flow to run; may be left out when --definition names it"),
        Flag("version", "N", "this version of the flow instead of the newest"),
        Flag("input", "JSON", "the run's input: JSON, @FILE, or - for standard input"),
        Flag("definition", "@FILE", "run this definition instead of a registered one"),
        Flag("context", "JSON", "the execution context: JSON, @FILE, or -"),
        Flag("delivery", "JSON", "where its result goes: an array of channels, JSON, @FILE, or -"),
        Flag("run-id", "ID", "the run's id (default a new one); the same id twice is one run"),
        Flag("session", "ID", "the session the run belongs to"),
        Flag("tenant", "ID", "the tenant (default `default`, or that of the key)"),
        Flag("user", "ID", "the user (default `anonymous`)"),
        Flag("correlation", "ID", "the correlation id (default the run's id)"),
        Flag("label", "KEY=VALUE", "a label; may be given several times", repeats: true),
        Flag("run-timeout", "TIME", "the run fails when it takes longer than this"),
        Flag("reason", "TEXT", "why; kept in the audit log"),
    ]

    static let operands = [Operand("FLOW", "the flow to run, the same as --flow", optional: true)]

    /// Asks for the run; gives the gateway's answer.
    static func send(_ call: Invocation, _ api: APIClient) throws(CommandFailure) -> APIObject {
        let answer = try api.send(APIPath("runs"), try body(call)).object
        for warning in answer["warnings"]?.elements ?? [] { call.console.note("warning: \(warning.text ?? "")") }
        return answer
    }

    static func body(_ call: Invocation) throws(CommandFailure) -> [UInt8] {
        let values = call.values
        let definition = try Payload.json("definition", values)
        if let text = values.text("definition"), text != "-", !text.hasPrefix("@"), !text.hasPrefix("{") {
            throw .usage(
                "--definition is a JSON object, @FILE or -; not \(text)", advice: "a file: --definition @\(text)")
        }
        let named = values.text("flow") ?? values.operand(0)
        if let flow = values.text("flow"), let other = values.operand(0), flow != other {
            throw .usage("two flows are named: \(other) and --flow \(flow)")
        }
        guard let flowID = named ?? definition.flatMap({ APIObject(JSONValue(trusted: $0)).text("flow_id") }) else {
            throw .usage("which flow? name it, or give a --definition that names its flow_id")
        }
        var body = RequestBody()
        body.put("run_id", values.text("run-id"))
        body.put("flow_id", flowID)
        body.put("flow_version", try values.number("version", atLeast: 1))
        body.put("session_id", values.text("session"))
        body.put("tenant_id", values.text("tenant"))
        body.put("user_id", values.text("user"))
        body.put("correlation_id", values.text("correlation"))
        body.put("labels", pairs: try values.pairs("label"))
        body.put("timeout", try values.duration("run-timeout").map { $0 / .seconds(1) })
        body.put("reason", values.text("reason"))
        body.put("actor", call.loginName)
        body.put("input", raw: try Payload.json("input", values))
        body.put("execution_context", raw: try Payload.json("context", values))
        body.put("delivery", raw: try Payload.json("delivery", values))
        body.put("flow_definition", raw: definition)
        return body.bytes
    }
}
