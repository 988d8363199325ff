public import Platform
public import Workflow

/// Sends the commands of session retries that are waiting, as fast as lanes answer; any gateway sends for all.
public final class SessionRetryService: StepService {
    private let keeper: any SessionRetryKeeping
    private let publisher: any RequestPublishing
    private let log: Log
    private var isStopping = false

    public init(keeper: any SessionRetryKeeping, publisher: any RequestPublishing, log: Log) {
        self.keeper = keeper
        self.publisher = publisher
        self.log = log
    }

    /// What could not be sent counts as taken, and comes again when nobody has answered it in time.
    public func step() -> StepOutcome {
        guard !isStopping else { return .finished }
        do throws(AccessFailure) {
            let commands = try keeper.take(SessionRetryJobs.step, open: SessionRetryJobs.open)
            guard !commands.isEmpty else { return .rest(.milliseconds(500)) }
            try publisher.publish(SessionRetryCommand.messages(commands))
            return .rest(.milliseconds(20))
        } catch {
            log.limited("session-retries", .warning, "retries of sessions wait", [.error(error.message)])
            return .rest(.seconds(1))
        }
    }

    public func beginStop() { isStopping = true }
}
