import API
import Platform
import Workflow

extension CommandFailure {
    init(_ failure: ServiceFailure) {
        let code: ExitCode =
            switch failure.code {
            case .notFound: .notFound
            case .invalid: .invalid
            case .conflict: .conflict
            case .unauthorized: .unauthorized
            case .unreachable: .unreachable
            case .outdatedSchema, .misconfigured: .badSettings
            case .failed: .failed
            }
        self.init(code, failure.message, details: failure.details, advice: failure.advice)
    }
}

/// Asks a service and tells its failure as the command line does.
func asking<Result>(_ body: () throws(ServiceFailure) -> Result) throws(CommandFailure) -> Result {
    do throws(ServiceFailure) {
        return try body()
    } catch {
        throw CommandFailure(error)
    }
}

/// Reaches through a port of the stores and tells its failure as the command line does.
func reaching<Result>(_ body: () throws(AccessFailure) -> Result) throws(CommandFailure) -> Result {
    do throws(AccessFailure) {
        return try body()
    } catch {
        throw CommandFailure(ServiceFailure(error))
    }
}
