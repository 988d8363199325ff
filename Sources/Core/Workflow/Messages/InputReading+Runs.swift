import JSON

extension InputReader {
    /// Requests and commands; CloudEvents in structured mode are unwrapped first.
    mutating func readRunEvent(_ record: InputRecord) throws(Unreadable) -> LaneInput {
        var type = try text("event_type") ?? record.eventType
        if members.contains("specversion"), let data = members["data"] {
            type = try text("type")
            do throws(JSONError) { try members.scan(data.bytes) } catch { throw Unreadable("data: \(error)") }
            type = try text("event_type") ?? type
        }
        guard let type else { throw Unreadable("event_type is missing", runID: try? identifier("run_id")) }
        if type.elementsEqual("flow_run_requested".utf8) { return .request(try readRequest(record)) }
        guard let action = RunCommand.Action(rawValue: String(decoding: type, as: UTF8.self)) else {
            let name = String(decoding: type.prefix(100), as: UTF8.self)
            throw Unreadable("event_type \(name) is unknown", runID: try? identifier("run_id"))
        }
        return .command(try readCommand(action, record))
    }

    private mutating func readCommand(
        _ action: RunCommand.Action, _ record: InputRecord
    ) throws(Unreadable) -> RunCommand {
        let position = "\(record.topic.name)/\(record.lane)/\(record.offset)"
        var command = RunCommand(
            action: action, runID: try identifier("run_id"),
            requestID: try optionalIdentifier("request_id")?.bytes[...] ?? Array(position.utf8)[...],
            actor: try text("actor").map(ErrorText.storable), reason: try text("reason").map(ErrorText.storable))
        guard action == .retry else { return command }
        command.taskIDs = try taskIDs()
        command.afterAttempt = try integer("after_attempt", 0...Int(Int32.max - 1)).map { Int32($0) }
        return command
    }

    private mutating func taskIDs() throws(Unreadable) -> [Identifier]? {
        guard let list = members["task_ids"] else { return nil }
        var ids: [Identifier] = []
        var bad = list.kind == .array ? 0 : 1
        if bad == 0 {
            list.forEachElement { element in
                let text = element.text ?? []
                if Identifier.isValidID(text) { ids.append(Identifier(text)) } else { bad += 1 }
            }
        }
        guard bad == 0 else { throw Unreadable("task_ids must be an array of ids", runID: try? identifier("run_id")) }
        return ids
    }

    /// A request with a valid run id is always a run, if only a failed one; without it there is nothing to record.
    private mutating func readRequest(_ record: InputRecord) throws(Unreadable) -> RunRequest {
        let runID = try identifier("run_id")
        var request = RunRequest(runID: runID, flowID: "", sessionID: Identifier(Self.sessionID(for: runID)))
        request.traceparent = record.traceparent.map(ErrorText.storable)
        request.delivery = delivery()
        do throws(Unreadable) {
            try readStage(into: &request)
            try readIDs(into: &request)
            try readOptions(into: &request)
            try readPayloads(into: &request)
        } catch {
            request.problem = error.sentence
            request.isTooLarge = error.isTooLarge
        }
        return request
    }

    private mutating func readIDs(into request: inout RunRequest) throws(Unreadable) {
        request.flowID = try identifier("flow_id")
        guard Identifier.isValidName(request.flowID.bytes[...]) else {
            request.flowID = ""
            throw Unreadable("flow_id must have 1 to 255 of the characters A-Z a-z 0-9 . _ -")
        }
        request.tenantID = try optionalIdentifier("tenant_id") ?? request.tenantID
        request.userID = try optionalIdentifier("user_id") ?? request.userID
        request.correlationID = try optionalIdentifier("correlation_id") ?? request.correlationID
        request.sessionID = try optionalIdentifier("session_id") ?? request.sessionID
    }

    private func readOptions(into request: inout RunRequest) throws(Unreadable) {
        request.flowVersion = try integer("flow_version", 1...Int(Int32.max)).map { Int32($0) }
        if let timeout = members["timeout"] {
            guard let seconds = timeout.double, seconds > 0, seconds <= 1e9 else {
                throw Unreadable("timeout must be a number of seconds above 0, at most 1000000000")
            }
            request.timeout = Microseconds(seconds * 1_000_000)
        }
        request.labels = try payload("labels", .object)
    }

    /// Whatever it is, it never fails the run: what cannot even be kept is a channel that cannot be used.
    private func delivery() -> Bytes? {
        guard let member = members.member("delivery"), !member.value.isNull else { return nil }
        return payloadProblem("delivery", member) == nil ? member.value.bytes : Self.unreadableDelivery
    }

    private static let unreadableDelivery: Bytes = Array(#"[{"channel":"unreadable"}]"#.utf8)[...]

    private func readPayloads(into request: inout RunRequest) throws(Unreadable) {
        if let member = members.member("flow_definition") {
            let definition = member.value
            guard definition.bytes.count <= Limits.definitionBytes else {
                throw Unreadable(
                    "flow_definition has \(definition.bytes.count) bytes, at most \(Limits.definitionBytes)",
                    isTooLarge: true)
            }
            guard member.depth <= Limits.depth else {
                throw Unreadable("flow_definition nests deeper than \(Limits.depth)")
            }
            guard member.isStorable else {
                throw Unreadable("flow_definition cannot be stored: it holds \\u0000 or half a surrogate pair")
            }
            request.definition = definition.bytes
        }
        request.input = try payload("input", nil) ?? request.input
        request.context = try payload("execution_context", .object) ?? request.context
    }

    func payload(_ name: StaticString, _ kind: JSONKind?) throws(Unreadable) -> Bytes? {
        guard let member = members.member(name) else { return nil }
        let found = member.value.kind
        if let kind, found != kind { throw Unreadable("\(name) must be an \(kind), it is \(found)") }
        if let problem = payloadProblem(name, member) {
            throw Unreadable(problem, isTooLarge: member.writtenOut > Limits.payloadBytes)
        }
        return member.value.bytes
    }

    /// A session of its own for a run that names none, the same every time.
    static func sessionID(for runID: Identifier) -> [UInt8] { SHA256.uuid("session/", runID.bytes) }
}
