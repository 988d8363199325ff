import HTTP
import JSON
import Workflow

extension Gate {
    /// Does what a request with an `Idempotency-Key` asks for, unless that was done, or is being done.
    ///
    /// An answer below 500 is kept before it is given. Without one the next try goes on with the same seed, so that ids
    /// made for it are the same and what was done after all is not done twice.
    func once(_ call: Call, _ route: APIRoute, _ key: String, _ reply: Reply) {
        let name = AnswerName(
            caller: "\(call.caller.tenantID ?? "*")/\(call.caller.name ?? "")",
            route: route.method + " " + call.request.path, key: key)
        let bodyHash = SHA256.hash(call.request.body)
        onDesk(reply) { [self] desk in
            do throws(AccessFailure) {
                switch try desk.answers.claim(name, bodyHash: bodyHash, seed: "\(makeID())") {
                case .ours(let seed):
                    reply.keep { [self] response, finish in keep(response, as: name, then: finish) }
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
        _ response: HTTPServer.Response, as name: AnswerName, then finish: @escaping @Sendable () -> Void
    ) {
        let isTaken = desks.submit { desk in
            if response.status < 500 {
                try? desk.answers.keep(KeptAnswer(response), as: name)
            } else {
                try? desk.answers.release(name)
            }
            finish()
        }
        if !isTaken { finish() }
    }
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
