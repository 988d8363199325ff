import Platform
import Testing
import Workflow

@testable import API
@testable import HTTP

/// What becomes of an answer on its way out.
@Suite struct ReplyTests {
    private final class Lines: Sendable {
        private let lines = Monitor<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.update { $0.append(line) } }
    }

    private let given = Lines()
    private let noted = Lines()

    private func reply(until: Int64 = 0) -> Reply {
        Reply(requestID: "r", until: until) { [given] response in
            given.add("\(response.status) " + String(decoding: response.body, as: UTF8.self))
        } noted: { [noted] status, cause in
            noted.add("\(status): \(cause ?? "-")")
        }
    }

    @Test(arguments: [ServiceFailure.Code.failed, .unauthorized, .misconfigured, .outdatedSchema, .unreachable])
    func `the cause of what the gateway could not do is noted`(_ code: ServiceFailure.Code) {
        let problem = Problem(ServiceFailure(code, "column x is missing"))
        reply().fail(problem)
        #expect(noted.all == ["\(problem.status): column x is missing"])
    }

    @Test func `what only the log may know is not in the answer`() {
        reply().fail(Problem(ServiceFailure(.failed, "column x is missing")))
        #expect(given.all.count == 1 && !given.all[0].contains("column"))
    }

    @Test func `what is kept goes out when it is kept, and a problem in its place when it is not`() {
        let finish = Monitor<[@Sendable (Problem?) -> Void]>([])
        for problem in [nil, Problem.overloaded] {
            let reply = reply()
            #expect(reply.keep { _, then in finish.update { $0.append(then) } })
            reply.send(HTTPServer.Response(202))
            #expect(noted.all.isEmpty || problem != nil)
            finish.withLock { $0.popLast() }?(problem)
        }
        #expect(noted.all == ["202: -", "503: \(Problem.overloaded.detail)"])
        #expect(given.all.map { $0.prefix(3) } == ["202", "503"])
    }

    @Test func `a reply that was given already keeps nothing`() {
        let reply = reply()
        reply.fail(.late)
        let isInTime = reply.keep { _, _ in }
        #expect(!isInTime)
    }

    private final class AnswersTwin: AnswerKeeping {
        var said: [String] = []
        var isAway = false

        func claim(
            _ name: AnswerName, bodyHash: [UInt8], seed: String, seconds: Int
        ) throws(AccessFailure) -> AnswerClaim { .busy }

        func keep(_ answer: KeptAnswer, as name: AnswerName) throws(AccessFailure) {
            said.append("keep \(answer.status)")
            if isAway { throw AccessFailure(.unreachable, "no answer") }
        }

        func release(_ name: AnswerName) throws(AccessFailure) { said.append("release") }
        func sweep() throws(AccessFailure) -> Int { 0 }
    }

    @Test func `an answer that cannot be kept is a 503, and its key is given back`() {
        let (answers, name) = (AnswersTwin(), AnswerName(caller: "c", route: "r", key: "k"))
        #expect(answers.end(name, with: .init(202)) == nil)
        #expect(answers.end(name, with: .init(503)) == nil)
        answers.isAway = true
        let problem = answers.end(name, with: .init(202))
        #expect(problem?.status == 503)
        #expect(answers.said == ["keep 202", "release", "keep 202", "release"])
    }

    @Test func `what a desk owes is taken however many wait`() {
        let desks = DeskPool(threads: 0, queueLimit: 1) { fatalError("there is no desk") }
        #expect(desks.submit { _ in } && !desks.submit { _ in })
        #expect(desks.submit(isOwed: true) { _ in })
        desks.stop()
        #expect(!desks.submit(isOwed: true) { _ in })
    }

    @Test func `large bodies wait only as long as they fit together`() {
        let desks = DeskPool(threads: 0, queueLimit: 100) { fatalError("there is no desk") }
        let (first, second) = (desks.submit(bytes: 40 << 20) { _ in }, desks.submit(bytes: 40 << 20) { _ in })
        let small = desks.submit(bytes: 1_000) { _ in }
        #expect(first && !second && small)
    }

    @Test func `a call waits for as long as it asks to, where the route knows that`() {
        let request = Requests.make("POST", "/v1/runs", parameters: [("wait", "30")])
        let start = RouteTable.all.first { $0.name == "POST /v1/runs" }
        let list = RouteTable.all.first { $0.name == "GET /v1/runs" }
        #expect(start?.wait(of: request) == 30 && list?.wait(of: request) == 0)
        #expect(start?.wait(of: Requests.make("POST", "/v1/runs")) == 0)
    }

    @Test func `a reply has an end of its own, later for who asked to wait`() {
        let waiting = WaitingReplies()
        let (soon, later, answered) = (reply(until: 100), reply(until: 160), reply(until: 100))
        for reply in [soon, later, answered] { waiting.add(reply) }
        answered.send(.init(200))
        let early = waiting.late(by: 10, at: 109)
        #expect(early.isEmpty)
        let first = waiting.late(by: 10, at: 110)
        #expect(first.count == 1 && first.first === soon)
        let second = waiting.late(by: 10, at: 170)
        #expect(second.count == 1 && second.first === later)
    }

    @Test func `a caller's own mistake has no cause, a dropped request has one`() {
        reply().fail(.notFound)
        #expect(noted.all == ["404: -"])
        _ = reply()
        #expect(noted.all.last == "500: the request was dropped")
    }
}
