import Platform

extension ExitCode {
    /// The sentence of the reference page.
    var meaning: String {
        switch self {
        case .ok: "done"
        case .failed: "failed, or declined at the question; the message says why"
        case .usage: "the command line is wrong: unknown command or flag, missing or bad value"
        case .notFound: "what was named is not there"
        case .unauthorized: "the gateway does not let us in (`admin`: the database or the broker)"
        case .conflict: "refused because of what is there already"
        case .unreachable: "the gateway, or a service behind it, does not answer (`admin`: the database or the broker)"
        case .invalid: "the flow definition or a payload is invalid"
        case .runFailed: "the run failed"
        case .runCancelled: "the run was cancelled"
        case .waitTimedOut: "the time limit passed while waiting; the run goes on"
        case .badSettings: "settings are wrong, or the schema is older than this program needs"
        }
    }
}
