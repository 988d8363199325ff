import JSON
import Testing
import Workflow

@testable import API
@testable import HTTP

/// What is said of a request before anybody looks at what it is about.
@Suite struct RequestTests {
    private let list = APIRoute(
        "GET", "/x", .runsRead, "", parameters: RunList.parameters,
        .desk { (_, _) throws(Problem) in .text(200, "") })
    private let post = APIRoute(
        "POST", "/x", .runsWrite, "", body: .required, .desk { (_, _) throws(Problem) in .text(200, "") })

    private func check(_ request: HTTPServer.Request, _ route: APIRoute, keys: Bool = true) -> Problem? {
        problem { () throws(Problem) in try RequestCheck.check(request, route, needsKeys: keys) }
    }

    @Test func `a parameter nobody knows is refused with the nearest known one`() {
        let found = check(Requests.make(parameters: [("statsu", "failed")]), list)
        #expect(found?.code == "invalid_parameter")
        #expect(found?.detail == "statsu: is no parameter here; did you mean status?")
    }

    @Test(arguments: [
        ("limit", "0"), ("limit", "201"), ("limit", "x"), ("status", "done"), ("since", "yesterday"), ("flow", ""),
    ])
    func `a value that cannot be is refused`(_ name: String, _ value: String) {
        #expect(check(Requests.make(parameters: [(name, value)]), list)?.status == 400)
    }

    @Test func `a flag is true or false, and an empty one is neither`() {
        let flagged = APIRoute(
            "GET", "/x", .runsRead, "", parameters: [APIParameter("payloads", .flag, "with payloads")],
            .desk { (_, _) throws(Problem) in .text(200, "") })
        for value in ["", "1", "yes", "TRUE"] {
            #expect(check(Requests.make(parameters: [("payloads", value)]), flagged)?.status == 400, "\(value)")
        }
        #expect(check(Requests.make(parameters: [("payloads", "true")]), flagged) == nil)
    }

    @Test func `a parameter may be given twice only where that means something`() {
        #expect(check(Requests.make(parameters: [("limit", "1"), ("limit", "2")]), list)?.status == 400)
        #expect(check(Requests.make(parameters: [("label", "a=1"), ("label", "b=2")]), list) == nil)
    }

    @Test func `a body is JSON and says so, and is there where one is needed`() {
        let json: HTTPHeaders = ["Content-Type": "application/json; charset=utf-8"]
        #expect(check(Requests.make("POST", headers: json, body: "{}"), post) == nil)
        let curl: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded"]
        #expect(check(Requests.make("POST", headers: curl, body: "{}"), post) == nil)
        let other: HTTPHeaders = ["Content-Type": "application/xml"]
        #expect(check(Requests.make("POST", headers: other, body: "<a/>"), post)?.status == 415)
        #expect(check(Requests.make("POST", headers: json), post)?.code == "malformed_json")
        #expect(check(Requests.make("GET", headers: json, body: "{}"), list)?.code == "body_refused")
    }

    @Test func `without keys other sites and other names are refused`() {
        let local: HTTPHeaders = ["Host": "localhost:8080", "Content-Type": "application/json"]
        #expect(check(Requests.make("POST", headers: local, body: "{}"), post, keys: false) == nil)
        for name in ["evil.example", "127.evil.example", "127.0.0.1.evil.example", "127.0.0.256", "127.0.0.", "127.1"] {
            let renamed: HTTPHeaders = ["Host": "\(name):8080"]
            #expect(check(Requests.make(headers: renamed), list, keys: false)?.code == "host_refused", "\(name)")
        }
        for name in ["127.0.0.1", "127.1.2.3", "[::1]"] {
            #expect(check(Requests.make(headers: ["Host": "\(name):8080"]), list, keys: false) == nil, "\(name)")
        }
        var foreign = local
        foreign.add("Origin", "https://evil.example")
        #expect(check(Requests.make("POST", headers: foreign, body: "{}"), post, keys: false)?.code == "origin_refused")
        #expect(check(Requests.make("POST", headers: foreign, body: "{}"), post, keys: true) == nil)
    }

    @Test func `an outage is no other version`() throws {
        let store = RegistryTwin()
        let registry = FlowRegistry(store: store, settings: FlowSettings())
        let call = Requests.call(Requests.make("PUT", "/v1/flows/f", headers: ["If-Match": "\"x\""]))
        let unknown = problem { () throws(Problem) in _ = try RouteTable.matched("f", call, in: registry) }
        store.isAway = true
        let away = problem { () throws(Problem) in _ = try RouteTable.matched("f", call, in: registry) }
        #expect(unknown?.code == "changed" && away?.status == 503)
    }

    @Test func `a page's place comes back as it was given`() throws {
        let text = PageCursor.text(1_763_000_000_123_456, "run/π.x")
        let place = try PageCursor.pair(text)
        #expect(place.number == 1_763_000_000_123_456 && place.id == "run/π.x")
        #expect(!text.contains("+") && !text.contains("/") && !text.contains("="))
        for bad in ["", "!", "YWJj", "%%%"] {
            #expect(problem { () throws(Problem) in _ = try PageCursor.pair(bad) }?.status == 400)
        }
    }

    @Test func `a list shows the last day unless an id is given`() throws {
        let day: Microseconds = 86_400_000_000
        let plain = try RunList.filter(Requests.call(Requests.make()), now: 10 * day)
        #expect(plain?.since == 9 * day && plain?.limit == 51)
        let session = try RunList.filter(Requests.call(Requests.make(parameters: [("session", "s")])), now: 10 * day)
        #expect(session?.since == nil)
        let labels = try RunList.filter(
            Requests.call(Requests.make(parameters: [("label", "env=prod"), ("label", "n=a=b")])), now: 0)
        #expect(labels?.labels.map { String(decoding: $0, as: UTF8.self) } == #"{"env":"prod","n":"a=b"}"#)
    }

    @Test func `a key that is bound to a tenant lists only that tenant's runs`() throws {
        let bound = Caller(name: "k", tenantID: "a", scopes: [.runsRead])
        let own = try RunList.filter(Requests.call(Requests.make(), bound), now: 0)
        #expect(own?.tenantID == "a")
        let other = try RunList.filter(Requests.call(Requests.make(parameters: [("tenant", "b")]), bound), now: 0)
        #expect(other == nil)
    }

    @Test func `the same request makes the same ids, each of them once`() {
        let (first, again) = (Requests.call(Requests.make()).ids(), Requests.call(Requests.make()).ids())
        let ids = (0..<3).map { _ in first() }
        #expect(ids == (0..<3).map { _ in again() } && Set(ids).count == 3)
        #expect(ids.allSatisfy { TriggerRequest.isUUID($0) })
    }

    @Test func `texts that no row can hold are found, not sent on`() throws {
        var fields = BodyFields(try Call.members(Array(#"{"good": ["x", 7], "bad": ["x\u0000"]}"#.utf8)[...]))
        let (good, bad) = (fields.strings("good"), fields.strings("bad"))
        #expect(good == ["x", "7"] && bad == nil && fields.findings.map(\.pointer) == ["/bad"])
    }

    @Test func `findings point into the body`() {
        #expect(Problem.Finding(text: "tasks[3].depends_on[0]: is unknown").pointer == "/tasks/3/depends_on/0")
        #expect(Problem.Finding(text: "definition: is no object") == Problem.Finding("", "is no object"))
        #expect(Problem.Finding(text: "and 3 more").pointer == "")
    }

    @Test func `a problem says its code, its request and every finding`() throws {
        let problem = Problem(422, "invalid", "no", findings: [.init("/a", "b")], retryAfter: 3)
        let response = problem.response(requestID: "r-9")
        let body = try JSONValue(validating: response.body[...])
        #expect(response.status == 422 && response.headers["Content-Type"] == "application/problem+json")
        #expect(response.headers["Retry-After"] == "3")
        #expect(body.member("code")?.string() == Array("invalid".utf8))
        #expect(body.member("request_id")?.string() == Array("r-9".utf8))
        #expect(body.member("errors")?.element(0)?.member("pointer")?.string() == Array("/a".utf8))
    }

    @Test func `what the caller has already is not sent again`() {
        let first = HTTPServer.Response.json(200, Array("{}".utf8)).tagged(for: Requests.make())
        let tag = first.headers["ETag"] ?? ""
        let again = HTTPServer.Response.json(200, Array("{}".utf8)).tagged(
            for: Requests.make(headers: ["If-None-Match": tag]))
        let changed = HTTPServer.Response.json(200, Array("{ }".utf8)).tagged(
            for: Requests.make(headers: ["If-None-Match": tag]))
        #expect(first.status == 200 && again.status == 304 && again.body.isEmpty && changed.status == 200)
    }
}
