import HTTP
import JSON
import Platform

/// Asks the gateway: the one way by which commands reach runs, flows and everything else.
///
/// Every write carries an `Idempotency-Key` of its own, so it is sent once more when its answer was lost, and is done
/// once all the same. Every failure leaves here as a `CommandFailure` with the exit code of the contract.
struct APIClient {
    let place: APIPlace
    private let http: HTTPClient

    init(_ place: APIPlace) {
        self.place = place
        var limits = HTTPClient.Limits()
        limits.connect = .milliseconds(1_500)
        limits.responseBytes = 1 << 30
        http = HTTPClient(limits: limits)
    }

    init(_ call: Invocation) throws(CommandFailure) { self.init(try APIPlace(call)) }

    /// An answer that is none of an error.
    struct Answer {
        let status: Int
        let object: APIObject

        /// The lane has not decided, or the run has not ended.
        var isPending: Bool { status == 202 }
    }

    /// How long an answer may take beyond what it was asked to wait.
    static let patience = Duration.seconds(20)

    /// - `waiting`: what the gateway was asked to wait.
    func get(_ path: APIPath, waiting: Duration = .zero) throws(CommandFailure) -> Answer {
        try ask(HTTPClient.Request("GET", place.url + path.text, headers: headers, limit: Self.patience + waiting))
    }

    func send(_ path: APIPath, _ body: [UInt8]) throws(CommandFailure) -> Answer { try send("POST", path, body) }

    func send(_ method: String, _ path: APIPath, _ body: [UInt8]) throws(CommandFailure) -> Answer {
        var headers = headers
        headers.add("Content-Type", "application/json")
        headers.add("Idempotency-Key", randomID())
        return try ask(
            HTTPClient.Request(method, place.url + path.text, headers: headers, body: body, limit: Self.patience))
    }

    private var headers: HTTPHeaders {
        var headers: HTTPHeaders = ["Accept": "application/json"]
        if let key = place.key { headers.add("Authorization", "Bearer " + key) }
        return headers
    }

    private func ask(_ request: HTTPClient.Request) throws(CommandFailure) -> Answer {
        let clock = Stopwatch()
        var tries = 0
        while true {
            tries += 1
            let response: HTTPClient.Response
            do throws(HTTPClientError) {
                response = try http.call(request)
            } catch {
                // Where nobody is, nobody will be in a moment; a connection that broke is made again.
                guard error.code == .connection, tries < 2 else { throw CommandFailure(error, place) }
                _ = Stopwatch.pause(.milliseconds(250))
                continue
            }
            let isGood = (200..<300).contains(response.status)
            let problem = isGood ? nil : APIObject(parsing: response.body[...])?.text("code")
            let pause = Self.pause(
                before: response.status, problem, retryAfter: response.headers["Retry-After"], tries, clock.elapsed())
            guard let pause else {
                return try answer(response, request)
            }
            _ = Stopwatch.pause(pause)
        }
    }

    /// How long to wait before the same is asked again; nil: the response is the answer.
    static func pause(
        before status: Int, _ code: String?, retryAfter: String?, _ tries: Int, _ elapsed: Duration
    ) -> Duration? {
        let seconds = retryAfter.flatMap { Int($0) }.map { max(0, min($0, 5)) } ?? 1
        switch status {
        case 503 where tries < 2 && seconds <= 1: return .seconds(seconds)
        // Our own first try is still under way.
        case 409 where elapsed < .seconds(15): return code == "idempotency_key_busy" ? .seconds(seconds) : nil
        default: return nil
        }
    }

    private func answer(
        _ response: HTTPClient.Response, _ request: HTTPClient.Request
    ) throws(CommandFailure) -> Answer {
        let object = APIObject(parsing: response.body[...])
        guard (200..<300).contains(response.status) else {
            throw CommandFailure(problem: object, status: response.status, request, place)
        }
        guard let object else { throw .noGateway(place) }
        return Answer(status: response.status, object: object)
    }
}
