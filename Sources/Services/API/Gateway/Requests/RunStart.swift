import HTTP
import JSON
import Workflow

/// `POST /v1/runs` from the body to the answer, each step when the one before it has an answer.
struct RunStart: Sendable {
    private let call: Call
    private let gate: Gate
    private let reply: Reply
    private let submission: RunSubmission

    init(_ call: Call, _ gate: Gate, _ reply: Reply) throws(Problem) {
        (self.call, self.gate, self.reply) = (call, gate, reply)
        submission = try RunSubmission(
            call.request.body[...], madeID: call.seed, caller: call.caller, settings: gate.policy.flows)
    }

    func begin() throws(Problem) {
        guard submission.definition == nil, !gate.flows.contains(submission.flowID, submission.flowVersion) else {
            return try checkID()
        }
        gate.onDesk(reply) { desk in
            do throws(Problem) {
                try desk.checkFlow(submission.flowID, submission.flowVersion)
                gate.flows.add(submission.flowID, submission.flowVersion)
                try checkID()
            } catch {
                reply.fail(error)
            }
        }
    }

    /// A run that has the id already must be the one that is asked for: the request would be lost without a word.
    private func checkID() throws(Problem) {
        guard submission.isNamed else { return try send() }
        let isTaken = gate.looks.find(submission.runID) { found in
            switch found {
            case .failure(let failure): reply.fail(Problem(failure))
            case .success(nil): reply.attempt { () throws(Problem) in try send() }
            case .success(let sight?): compare(sight)
            }
        }
        guard isTaken else { throw .overloaded }
    }

    private func compare(_ sight: RunSight) {
        guard sight.tenantID == submission.tenantID else {
            return reply.fail(Problem(409, "run_exists", "the id \(submission.runID) is taken"))
        }
        guard case .recorded = sight else { return reply.attempt { () throws(Problem) in try send() } }
        gate.onDesk(reply) { desk in
            reply.attempt { () throws(Problem) in
                let difference = try asking { () throws(ServiceFailure) in
                    try desk.reader.difference(of: submission.draft)
                }
                if let difference {
                    throw Problem(409, "run_exists", "the id \(submission.runID) is taken: \(difference)")
                }
                answer()
            }
        }
    }

    private func send() throws(Problem) {
        let audit = AuditEntry(
            .runStart, requestID: call.seed, runID: submission.runID, tenantID: submission.tenantID,
            actor: call.actor(submission.actor), reason: submission.reason, detail: submission.flowID)
        let isTaken = gate.intake.submit(
            RunIntake.Submission(runID: submission.runID, message: submission.message, audit: audit) { failure in
                if let failure { reply.fail(Problem(failure)) } else { answer() }
            })
        guard isTaken else { throw .overloaded }
    }

    private func answer() {
        let wait = call.integer("wait") ?? 0
        guard wait > 0 else { return reply.send(accepted) }
        let isTaken = gate.looks.end(of: submission.runID, within: .seconds(wait)) { found in
            guard case .success(let sight?) = found else { return reply.send(accepted) }
            var response = RouteTable.result(of: sight, call)
            response.headers.add("Location", location)
            reply.send(response)
        }
        if !isTaken { reply.send(accepted) }
    }

    private var location: String { "/v1/runs/" + PathText.encode(submission.runID) }

    private var accepted: HTTPServer.Response {
        var response = HTTPServer.Response.object(202) { writer in
            writer.member("run_id", string: submission.runID)
            writer.member("flow_id", string: submission.flowID)
            writer.member("status", string: "requested" as StaticString)
            guard !submission.warnings.isEmpty else { return }
            writer.key("warnings")
            writer.beginArray()
            for warning in submission.warnings { writer.string(warning) }
            writer.endArray()
        }
        response.headers.add("Location", location)
        return response
    }
}

extension Reply {
    /// Does something that answers later; its problem is the answer.
    func attempt(_ body: () throws(Problem) -> Void) {
        do throws(Problem) { try body() } catch { fail(error) }
    }
}

extension Desk {
    /// A run of a flow that nobody has registered would only fail.
    func checkFlow(_ flowID: String, _ version: Int? = nil) throws(Problem) {
        do throws(ServiceFailure) { _ = try registry.flow(flowID, version: version) } catch {
            guard error.code == .notFound else { throw Problem(error) }
            throw Problem(
                422, "unknown_flow", error.message,
                findings: [.init(version == nil ? "/flow_id" : "/flow_version", error.message)])
        }
    }
}
