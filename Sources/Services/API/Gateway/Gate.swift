public import HTTP
public import Platform
import Synchronization
public import Workflow

/// The gateway between its server and everything behind it: knows callers, checks requests, finds who answers.
///
/// The server's threads come in here and never wait: what needs Postgres or Kafka is handed to the desks, the looks or
/// the intake, and answers when it can.
public final class Gate: Sendable {
    /// What differs from one gateway to another.
    public struct Policy: Sendable {
        /// Whether callers need keys.
        public var needsKeys: Bool
        /// How flows are judged.
        public var flows: FlowSettings
        /// The flow of a trigger that names none.
        public var triggerFlow: String?
        /// Lets Discord in; nil: nobody is.
        public var discord: InteractionGuard?

        public init(
            needsKeys: Bool, flows: FlowSettings, triggerFlow: String? = nil, discord: InteractionGuard? = nil
        ) {
            self.needsKeys = needsKeys
            self.flows = flows
            self.triggerFlow = triggerFlow
            self.discord = discord
        }
    }

    public let policy: Policy
    public let desks: DeskPool
    public let looks = RunLooks()
    public let intake: RunIntake
    public let hub: EventHub
    public let retrievals = Retrievals()
    public let keys = KeyRing()
    public let metrics: GatewayMetrics
    let flows = KnownFlows()
    private let waiting = WaitingReplies()
    private let prefix: String
    private let count = Atomic<Int>(0)
    private let log: Log

    /// - `instance`: unique among all processes that ever ran; ids that are made here begin with it.
    public init(
        _ policy: Policy, instance: String, intake: RunIntake, desks: DeskPool, streams: Int,
        metrics: GatewayMetrics, log: Log
    ) {
        self.intake = intake
        self.policy = policy
        self.desks = desks
        self.metrics = metrics
        self.log = log
        prefix = instance
        hub = EventHub(epoch: instance, limit: streams)
    }

    /// The loop that answers for replies that nobody gives.
    public func overdue(_ health: Health) -> any StepService {
        OverdueReplies(waiting) { health.condition(of: "postgres") == .down || health.condition(of: "kafka") == .down }
    }

    /// The table as the server takes it.
    public func serverRoutes(_ table: [APIRoute]) -> [HTTPServer.Route] {
        table.map { route in
            HTTPServer.Route(route.method, route.path, answering: { [self] in enter($0, route) })
        }
    }

    /// What the server says when no route answers.
    public func problem(_ status: Int, _ code: String) -> HTTPServer.Response {
        let requestID = makeID()
        let words =
            switch code {
            case "not_found": "nothing is known under this address"
            case "method_not_allowed": "this address is not for that method"
            case "too_large": "the body is larger than 1 MiB"
            case "bad_framing": "where the body ends can be read in two ways"
            case "stopping": "the gateway stops"
            case "overloaded": "too many bodies are being read"
            default: "the gateway could not answer"
            }
        let problem = Problem(status, code, words, retryAfter: status == 503 ? 1 : nil)
        var response = problem.response(requestID: requestID)
        response.headers.add("X-Request-Id", requestID)
        metrics.requests.with("none", String(status)).add()
        return response
    }

    /// Unique for ever.
    func makeID() -> String {
        "\(prefix)-\(count.wrappingAdd(1, ordering: .relaxed).newValue)"
    }

    private func enter(_ request: HTTPServer.Request, _ route: APIRoute) -> HTTPServer.Answer {
        let requestID = request.headers["X-Request-Id"].flatMap { RequestDraft.isID($0) ? $0 : nil } ?? makeID()
        if case .now(let answer) = route.work {
            return enterNow(request, route, requestID, answer)
        }
        let since = SystemTime().monotonic
        return .later { [self] http in
            let until = since + Int64(route.wait(of: request)) * 1_000_000_000
            let reply = Reply(
                requestID: requestID, until: until, bytes: request.body.count, give: { http.send($0) }
            ) { [self] status, cause in
                metrics.note(route.name, status, nanoseconds: SystemTime().monotonic - since)
                if let cause { note(route, status, cause, requestID) }
            }
            waiting.add(reply)
            admit(request, route, requestID, reply)
        }
    }

    /// Limited by route: while a service is away every request says the same.
    private func note(_ route: APIRoute, _ status: Int, _ cause: String, _ requestID: String) {
        log.limited(
            "\(route.name) \(status)", status == 503 ? .warning : .error, "\(route.name) failed",
            [.requestID(requestID), .status(String(status)), .error(cause)])
    }

    /// For what is answered without waiting, keys included: a key that is not known yet is wrong here.
    private func enterNow(
        _ request: HTTPServer.Request, _ route: APIRoute, _ requestID: String,
        _ answer: @Sendable (Call, Gate) throws(Problem) -> HTTPServer.Answer
    ) -> HTTPServer.Answer {
        do throws(Problem) {
            if !route.isSigned { try RequestCheck.check(request, route, needsKeys: policy.needsKeys) }
            guard let caller = try known(request, route) else { throw keys.isLoaded ? .wrongKey : .keysUnread }
            let answer = try answer(Call(request: request, caller: caller, requestID: requestID, seed: makeID()), self)
            metrics.note(route.name, 200, nanoseconds: nil)
            return answer
        } catch {
            metrics.note(route.name, error.status, nanoseconds: nil)
            if let cause = error.why { note(route, error.status, cause, requestID) }
            var response = error.response(requestID: requestID)
            response.headers.add("X-Request-Id", requestID)
            return .now(response)
        }
    }

    private func admit(_ request: HTTPServer.Request, _ route: APIRoute, _ requestID: String, _ reply: Reply) {
        do throws(Problem) {
            try RequestCheck.check(request, route, needsKeys: policy.needsKeys)
            if let caller = try known(request, route) {
                return perform(
                    Call(request: request, caller: caller, requestID: requestID, seed: makeID()), route, reply)
            }
            guard keys.isWorthALook else { throw .wrongKey }
        } catch {
            return reply.fail(error)
        }
        onDesk(reply) { [self] desk in
            do throws(Problem) {
                do throws(AccessFailure) {
                    try keys.refresh { () throws(AccessFailure) in try desk.keys.keys() }
                } catch {
                    throw Problem(error)
                }
                guard let caller = try known(request, route) else { throw .wrongKey }
                perform(Call(request: request, caller: caller, requestID: requestID, seed: makeID()), route, reply)
            } catch {
                reply.fail(error)
            }
        }
    }

    /// Who asks, if they may; nil for a key that is not among those that were read last.
    private func known(_ request: HTTPServer.Request, _ route: APIRoute) throws(Problem) -> Caller? {
        guard policy.needsKeys else { return .anyone }
        guard let scope = route.scope else { return Caller(name: nil, tenantID: nil, scopes: []) }
        guard let header = request.headers["Authorization"], header.lowercased().hasPrefix("bearer "),
            let secret = KeySecret(header.dropFirst(7))
        else { throw Problem(401, "no_key", "a key is needed: Authorization: Bearer PREFIX.SECRET") }
        switch keys.judge(secret) {
        case .unknown: return nil
        case .wrong: throw .wrongKey
        case .good(let caller):
            guard caller.may(scope) else {
                throw Problem(403, "scope_missing", "the key has not the scope \(scope.rawValue)")
            }
            return caller
        }
    }

    private func perform(_ call: Call, _ route: APIRoute, _ reply: Reply) {
        guard route.isWrite, let key = call.request.headers["Idempotency-Key"] else {
            return work(call, route, reply)
        }
        guard RequestDraft.isID(key) else {
            return reply.fail(.init(400, "invalid_parameter", "Idempotency-Key: must have 1 to 255 bytes"))
        }
        once(call, route, key, reply)
    }

    func work(_ call: Call, _ route: APIRoute, _ reply: Reply) {
        switch route.work {
        case .now: reply.fail(Problem(500, "internal", "answered at once"))
        case .desk(let answer):
            onDesk(reply) { desk in reply.send { () throws(Problem) in try answer(call, desk) } }
        case .gate(let answer):
            do throws(Problem) { try answer(call, self, reply) } catch { reply.fail(error) }
        }
    }

    func onDesk(_ reply: Reply, _ job: @escaping @Sendable (Desk) -> Void) {
        let isTaken = desks.submit(bytes: reply.bytes) { desk in if !reply.isAnswered { job(desk) } }
        if !isTaken { reply.fail(.overloaded) }
    }
}

extension Problem {
    static let keysUnread = Problem(503, "unavailable", "the keys have not been read yet", retryAfter: 1)
    static let wrongKey = Problem(401, "wrong_key", "the key is unknown, expired or revoked")
}
