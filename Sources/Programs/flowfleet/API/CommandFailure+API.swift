import HTTP
import JSON
import Platform

/// Exit codes and advice of what the gateway answers, or does not.
extension CommandFailure {
    init(_ error: HTTPClientError, _ place: APIPlace) {
        switch error.code {
        case .badRequest, .denied:
            self.init(.badSettings, "\(place.url) cannot be asked: \(error)", advice: place.advice)
        case .tooLarge: self.init(.failed, "\(place.url): \(error)", advice: "ask for less, such as a smaller --limit")
        default:
            self.init(
                .unreachable, "no gateway answers at \(place.url): \(error)",
                advice: "is flowfleet-gateway running? \(place.advice); `flowfleet dev` starts a whole fleet")
        }
    }

    static func noGateway(_ place: APIPlace) -> CommandFailure {
        CommandFailure(.unreachable, "what answers at \(place.url) is no gateway", advice: place.advice)
    }

    /// - `problem`: the body, where it is an object.
    init(problem: APIObject?, status: Int, _ request: HTTPClient.Request, _ place: APIPlace) {
        guard let problem, let code = problem.text("code") else {
            self = Self.foreign(status, place)
            return
        }
        let message = problem.text("detail") ?? "refused with status \(status)"
        let named = code == "refused" || status >= 500 || !Self.named.contains(code) ? message : "\(code): \(message)"
        self.init(
            Self.exitCode(status, code), named, details: problem.objects("errors").map(Self.finding),
            advice: problem.text("advice") ?? Self.advice(status, code, request, problem))
    }

    /// Refusals of stage retries: their names are part of the contract, and scripts look for them.
    private static let named: Set<String> = [
        "unknown_run", "unknown_stage", "stage_succeeded", "stage_never_executed", "invalid_change", "invalid_request",
        "run_not_ended", "live_retry", "plan_outdated", "queue_expired", "missing_state", "depth_limit",
        "missing_snapshot", "definition_mismatch", "too_large",
    ]

    /// Said by something between us and the gateway, or by something that is none.
    private static func foreign(_ status: Int, _ place: APIPlace) -> CommandFailure {
        switch status {
        case 401, 403:
            CommandFailure(.unauthorized, "\(place.url) does not let us in (status \(status))", advice: place.advice)
        case 408, 429, 502, 503, 504:
            CommandFailure(.unreachable, "\(place.url) answers with status \(status)", advice: "try again later")
        default: .noGateway(place)
        }
    }

    private static func exitCode(_ status: Int, _ code: String) -> ExitCode {
        switch (status, code) {
        case (_, "unknown_flow"): .notFound
        case (_, "idempotency_key_reused"): .conflict
        case (401, _), (403, _): .unauthorized
        case (404, _): .notFound
        case (409, _), (412, _): .conflict
        case (400, _), (413, _), (415, _), (422, _): .invalid
        case (503, _), (502, _), (504, _), (429, _), (408, _): .unreachable
        default: .failed
        }
    }

    /// `/tasks/3/depends_on/0` is `tasks[3].depends_on[0]` for people.
    private static func finding(_ object: APIObject) -> String {
        var place = ""
        for part in (object.text("pointer") ?? "").split(separator: "/") {
            let plain = part.replacing("~1", with: "/").replacing("~0", with: "~")
            place += Int(plain) != nil && !place.isEmpty ? "[\(plain)]" : (place.isEmpty ? "" : ".") + plain
        }
        let detail = object.text("detail") ?? ""
        return place.isEmpty ? detail : "\(place): \(detail)"
    }

    private static func advice(
        _ status: Int, _ code: String, _ request: HTTPClient.Request, _ problem: APIObject
    ) -> String? {
        switch (status, code) {
        case (_, "unknown_flow"): return "flowfleet flow list shows the flows; flowfleet flow apply FILE registers one"
        case (401, _):
            return "a key comes from FLOWFLEET_KEY, FLOWFLEET_KEY_FILE or a profile; `admin keys create` makes one"
        case (403, "scope_missing"): return "a key with that scope: flowfleet admin keys create --scope SCOPE"
        case (404, _): return list(request)
        case (409, "run_exists"): return "flowfleet run get shows it; another --run-id, or none, makes a new run"
        case (503, _): return "the gateway is there; its log and /health tell which service is not"
        case (500, _): return "the gateway's log tells why, under request id \(problem.text("request_id") ?? "?")"
        default: return nil
        }
    }

    /// Which command shows what is there.
    private static func list(_ request: HTTPClient.Request) -> String? {
        let lists = [
            ("/v1/dead-letters/fingerprints", "flowfleet dead-letter fingerprints"),
            ("/v1/dead-letters", "flowfleet dead-letter list; a new one is kept once flowfleet-drainer has read it"),
            ("/v1/runs", "flowfleet run list; a request becomes a run when an orchestrator takes it"),
            ("/v1/flows", "flowfleet flow list"), ("/v1/campaigns", "flowfleet campaign list"),
            ("/v1/sessions", "a session exists once it was opened, or has a run: flowfleet session list"),
            ("/v1/breakers", "flowfleet worker list shows them"),
        ]
        return lists.first { request.url.contains($0.0) }?.1
    }
}
