import HTTP
import JSON
import Workflow

extension Gate {
    /// Does what a request with an `Idempotency-Key` asks for, unless that was done, or is being done.
    ///
    /// An answer below 500 is kept before it is given; what cannot be kept is a 503. Without a kept answer the next try
    /// goes on with the same seed, so that ids made for it are the same and what was done after all is not done twice.
    /// Until then the key is held for as long as the call may take.
    func once(_ call: Call, _ route: APIRoute, _ key: String, _ reply: Reply) {
        let name = AnswerName(
            caller: "\(call.caller.tenantID ?? "*")/\(call.caller.name ?? "")",
            route: route.method + " " + call.request.path, key: key)
        let bodyHash = SHA256.hash(call.request.body)
        let seconds = route.wait(of: call.request) + Self.claimSeconds
        onDesk(reply) { [self] desk in
            do throws(AccessFailure) {
                switch try desk.answers.claim(name, bodyHash: bodyHash, seed: makeID(), seconds: seconds) {
                case .ours(let seed):
                    let isInTime = reply.keep { [self] response, finish in keep(response, as: name, then: finish) }
                    guard isInTime else { return try desk.answers.release(name) }
                    var call = call
                    call.seed = seed
                    work(call, route, reply)
                case .answered(let answer): reply.send(HTTPServer.Response(answer))
                case .otherBody:
                    reply.fail(Problem(422, "idempotency_key_reused", "the key stands for a request with another body"))
                case .busy:
                    reply.fail(
                        Problem(
                            409, "idempotency_key_busy", "a request with this key is under way", retryAfter: 1))
                }
            } catch {
                reply.fail(Problem(error))
            }
        }
    }

    private func keep(
        _ response: HTTPServer.Response, as name: AnswerName, then finish: @escaping @Sendable (Problem?) -> Void
    ) {
        let isTaken = desks.submit(isOwed: true) { desk in finish(desk.answers.end(name, with: response)) }
        if !isTaken { finish(response.status < 500 ? .unkept : nil) }
    }

    /// A call without `wait` has an end within ten seconds; then its answer is kept, or given up.
    private static let claimSeconds = 20
}

extension AnswerKeeping {
    /// Keeps an answer, or gives the name back for the next try; the problem that goes out where it could not be kept.
    func end(_ name: AnswerName, with response: HTTPServer.Response) -> Problem? {
        do throws(AccessFailure) {
            guard response.status < 500 else {
                try release(name)
                return nil
            }
            try keep(KeptAnswer(response), as: name)
            return nil
        } catch {
            try? release(name)
            return response.status < 500 ? Problem(error) : nil
        }
    }
}

extension Problem {
    static let unkept = Problem(503, "stopping", "the gateway stops and could not keep the answer", retryAfter: 1)
}

extension KeptAnswer {
    init(_ response: HTTPServer.Response) {
        let lines = response.headers.lines.map { "\($0.name): \($0.value)" }
        self.init(status: response.status, headers: lines.joined(separator: "\n"), body: response.body)
    }
}

extension HTTPServer.Response {
    init(_ answer: KeptAnswer) {
        self.init(answer.status, body: answer.body)
        for line in answer.headers.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers.add(String(line[..<colon]), String(line[line.index(colon, offsetBy: 2)...]))
        }
        headers.add("Idempotent-Replayed", "true")
    }
}
