import API
import Platform

/// The flags that describe a request for a run, shared by `run start` and `run execute`.
enum RequestFlags {
    static let all = [
        Flag("flow", "ID", "the flow to run; may be left out when --definition names it"),
        Flag("version", "N", "this version of the flow instead of the newest"),
        Flag("input", "JSON", "the run's input: JSON, @FILE, or - for standard input"),
        Flag("definition", "@FILE", "run this definition instead of a registered one"),
        Flag("context", "JSON", "the execution context: JSON, @FILE, or -"),
        Flag("run-id", "ID", "the run's id (default a new UUID); the same id twice is one run"),
        Flag("session", "ID", "the session the run belongs to"),
        Flag("tenant", "ID", "the tenant (default `default`)"),
        Flag("user", "ID", "the user (default `anonymous`)"),
        Flag("correlation", "ID", "the correlation id (default the run's id)"),
        Flag("label", "KEY=VALUE", "a label; may be given several times", repeats: true),
        Flag("run-timeout", "TIME", "the run fails when it takes longer than this"),
    ]

    static let operands = [Operand("FLOW", "the flow to run, the same as --flow", optional: true)]

    static func request(_ values: Values) throws(CommandFailure) -> RequestDraft {
        let definition = try payload("definition", values)
        if let text = values.text("definition"), text != "-", !text.hasPrefix("@"), !text.hasPrefix("{") {
            throw .usage(
                "--definition is a JSON object, @FILE or -; not \(text)", advice: "a file: --definition @\(text)")
        }
        let named = values.text("flow") ?? values.operand(0)
        if let flow = values.text("flow"), let other = values.operand(0), flow != other {
            throw .usage("two flows are named: \(other) and --flow \(flow)")
        }
        guard let flowID = named ?? definition.flatMap(FlowRegistry.flowID(in:)) else {
            throw .usage("which flow? name it, or give a --definition that names its flow_id")
        }
        var request = RequestDraft(runID: values.text("run-id") ?? randomID(), flowID: flowID)
        request.flowVersion = try values.number("version", atLeast: 1)
        request.sessionID = values.text("session")
        request.tenantID = values.text("tenant")
        request.userID = values.text("user")
        request.correlationID = values.text("correlation")
        request.labels = try values.pairs("label")
        request.input = try payload("input", values)
        request.context = try payload("context", values)
        request.definition = definition
        request.timeoutSeconds = try values.duration("run-timeout").map { $0 / .seconds(1) }
        return request
    }

    /// Sends it. Where somebody chose the run's id, a run that has it already must be the one asked for.
    static func send(_ request: RequestDraft, _ call: Invocation, _ connections: Connections) throws(CommandFailure) {
        let requests = connections.requests()
        if request.problems.isEmpty, call.values.text("run-id") != nil {
            // Without Postgres the request can still be sent.
            let difference = try? connections.reader().difference(of: request)
            if let difference {
                throw CommandFailure(
                    .conflict, "the id \(request.runID) is taken: \(difference)",
                    advice: "flowfleet run get \(request.runID) shows it; another --run-id, or none, makes a new run")
            }
        }
        try asking { () throws(ServiceFailure) in try requests.start(request) }
    }

    private static func payload(_ flag: String, _ values: Values) throws(CommandFailure) -> ArraySlice<UInt8>? {
        guard let text = values.text(flag) else { return nil }
        return try Payload.read(text)[...]
    }
}
