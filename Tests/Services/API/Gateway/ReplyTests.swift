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

    private func reply() -> Reply {
        Reply(requestID: "r", since: 0) { [given] response in
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

    @Test func `a caller's own mistake has no cause, a dropped request has one`() {
        reply().fail(.notFound)
        #expect(noted.all == ["404: -"])
        _ = reply()
        #expect(noted.all.last == "500: the request was dropped")
    }
}
