import HTTP
import JSON
import Workflow

extension RouteTable {
    static let runControls = [
        control(.cancel, "Cancels a run and whatever it has running."),
        control(.pause, "Pauses a run: what runs ends, nothing new starts."),
        control(.resume, "Lets a paused run go on."),
        APIRoute(
            "POST", "/v1/runs/{run_id}/redrive", .runsWrite,
            "Gives failed tasks of a run fresh attempts in it: all of them, or those that are named.", body: .optional,
            .gate { (call, gate, reply) throws(Problem) in
                var fields = BodyFields(try call.members())
                let after = fields.integer("after_attempt", 0...Int(Int32.max - 1))
                let tasks = fields.strings("task_ids")
                if let wrong = tasks?.first(where: { !RequestDraft.isID($0) }) {
                    fields.find("/task_ids", "\(wrong.prefix(100)) cannot be a task's id")
                }
                if tasks?.isEmpty == true { fields.find("/task_ids", "is empty; leave it out for all that failed") }
                var command = try draft(.retry, call, &fields)
                (command.tasks, command.afterAttempt) = (tasks ?? [], after)
                try gate.ask(command, call, reply)
            }),
        APIRoute(
            "POST", "/v1/runs/{run_id}/tasks/{task_id}/redrive", .runsWrite,
            "Gives a failed task fresh attempts in its own run.", body: .optional,
            .gate { (call, gate, reply) throws(Problem) in
                var fields = BodyFields(try call.members())
                let after = fields.integer("after_attempt", 0...Int(Int32.max - 1))
                var command = try draft(.retry, call, &fields)
                command.tasks = [try call.part("task_id")]
                command.afterAttempt = after
                try gate.ask(command, call, reply)
            }),
    ]

    private static func control(_ kind: CommandDraft.Kind, _ summary: String) -> APIRoute {
        APIRoute(
            "POST", "/v1/runs/{run_id}/\(kind.rawValue)", .runsWrite, summary, body: .optional,
            .gate { (call, gate, reply) throws(Problem) in
                var fields = BodyFields(try call.members())
                try gate.ask(try draft(kind, call, &fields), call, reply)
            })
    }

    private static func draft(_ kind: CommandDraft.Kind, _ call: Call, _ fields: inout BodyFields) throws(Problem)
        -> CommandDraft
    {
        let requestID = fields.id("request_id")
        let reason = fields.string("reason")
        let actor = fields.string("actor", most: 255)
        try fields.check()
        return CommandDraft(
            kind, runID: try call.part("run_id"), requestID: requestID ?? call.seed, reason: reason,
            actor: call.actor(actor))
    }
}

extension Gate {
    /// How long an answer is waited for; a lane that has not decided by then does so later.
    static let decisionLimit = Duration.seconds(5)

    /// Sends a command to a run that the caller may see, and answers with what its lane made of it.
    func ask(_ command: CommandDraft, _ call: Call, _ reply: Reply) throws(Problem) {
        let name = OutcomeName(requestID: command.requestID, runID: command.runID)
        let then: RunLooks.FindAnswer = { [self] found in
            switch found {
            case .failure(let failure): reply.fail(Problem(failure))
            case .success(let sight):
                guard let sight, call.caller.sees(tenant: sight.tenantID) else {
                    return reply.fail(.noRun(command.runID))
                }
                decide(command.message, name, of: command.eventType, reply)
            }
        }
        guard looks.find(command.runID, then: then) else { throw .overloaded }
    }

    /// What a lane's decision is answered with; nil for one that has not come in time.
    typealias DecisionAnswer = @Sendable (CommandOutcome?) throws(Problem) -> HTTPServer.Response

    /// Sends a message to a lane and answers with what it made of it; 202 when it has not decided in time.
    /// - `action`: the event's type, for an answer to something else under the same id is none.
    func decide(_ message: [UInt8], _ name: OutcomeName, of action: String, _ reply: Reply) {
        decide(message, name, of: action, reply, audit: nil) { (outcome) throws(Problem) in
            try Gate.answer(outcome, name)
        }
    }

    /// - `words`: what is said of the decision.
    func decide(
        _ message: [UInt8], _ name: OutcomeName, of action: String, _ reply: Reply, audit: AuditEntry?,
        words: @escaping DecisionAnswer
    ) {
        let submission = RunIntake.Submission(runID: name.runID, message: message, audit: audit) { [looks] failure in
            if let failure { return reply.fail(Problem(failure)) }
            let isTaken = looks.outcome(name, within: Self.decisionLimit) { found in
                reply.send { () throws(Problem) in
                    guard case .success(let outcome?) = found else { return try words(nil) }
                    guard outcome.isAnswer(to: action) else {
                        throw Problem(ServiceFailure(usedBefore: name.requestID, outcome))
                    }
                    return try words(outcome)
                }
            }
            if !isTaken { reply.send { () throws(Problem) in try words(nil) } }
        }
        if !intake.submit(submission) { reply.fail(.overloaded) }
    }

    private static func answer(_ outcome: CommandOutcome?, _ name: OutcomeName) throws(Problem) -> HTTPServer.Response {
        guard let outcome else { return undecided(name) }
        guard outcome.isDone else { throw Problem(409, "refused", outcome.detail ?? "the lane gave no reason") }
        return .object { writer in
            writer.member("run_id", string: name.runID)
            writer.member("request_id", string: name.requestID)
            writer.member("outcome", string: "done" as StaticString)
            writer.put("detail", outcome.detail)
        }
    }

    /// The command is in Kafka and will be carried out; where to look.
    private static func undecided(_ name: OutcomeName) -> HTTPServer.Response {
        var response = HTTPServer.Response.object(202) { writer in
            writer.member("run_id", string: name.runID)
            writer.member("request_id", string: name.requestID)
            writer.member("outcome", string: "pending" as StaticString)
        }
        response.headers.add("Location", "/v1/runs/\(PathText.encode(name.runID))/events")
        return response
    }
}
