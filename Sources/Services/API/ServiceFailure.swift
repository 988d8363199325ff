public import Workflow

/// Why a service did not do what was asked: for the command line an exit code, for the gateway a status.
public struct ServiceFailure: Error, Equatable, Sendable {
    public enum Code: Sendable {
        case notFound, invalid, conflict, unauthorized, unreachable, misconfigured, outdatedSchema, failed
    }

    public let code: Code
    public let message: String
    /// Further findings, one each, such as the problems of a definition.
    public let details: [String]
    /// What the caller can do next.
    public let advice: String?

    public init(_ code: Code, _ message: String, details: [String] = [], advice: String? = nil) {
        self.code = code
        self.message = message
        self.details = details
        self.advice = advice
    }

    public init(_ failure: AccessFailure) {
        switch failure.kind {
        case .unreachable:
            self.init(
                .unreachable, failure.message, advice: "is it running, and is \(ServiceFailure.setting(failure)) right?"
            )
        case .unauthorized:
            self.init(
                .unauthorized, failure.message,
                advice: "are user and password right? See \(ServiceFailure.setting(failure))")
        case .misconfigured:
            self.init(.misconfigured, failure.message, advice: "correct \(ServiceFailure.setting(failure))")
        case .outdatedSchema:
            self.init(.outdatedSchema, failure.message, advice: "flowfleet admin migrate")
        case .taken:
            self.init(.conflict, failure.message)
        case .refused:
            self.init(.failed, failure.message)
        }
    }

    /// The id stood for another command of that run.
    init(usedBefore requestID: String, _ outcome: CommandOutcome) {
        self.init(
            .conflict,
            "the request id \(requestID) was used before, for \(outcome.action ?? "another command"): nothing was done",
            advice: "give each command an id of its own")
    }

    private static func setting(_ failure: AccessFailure) -> String {
        failure.isLog ? "ORCHESTRATOR_KAFKA_BOOTSTRAP_SERVERS" : "ORCHESTRATOR_DATABASE_URL"
    }
}

/// Does something with a port and tells its failure in the services' words.
func reaching<Result>(_ body: () throws(AccessFailure) -> Result) throws(ServiceFailure) -> Result {
    do throws(AccessFailure) {
        return try body()
    } catch {
        throw ServiceFailure(error)
    }
}
