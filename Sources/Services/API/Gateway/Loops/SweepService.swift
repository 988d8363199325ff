public import Platform
public import Workflow

/// Removes what has outlived its time, every five minutes: answers kept for repeated requests, sessions past their end.
/// Several gateways may do it at once.
public final class SweepService: StepService {
    private let answers: any AnswerKeeping
    private let sessions: any SessionKeeping
    private let keepSeconds: Int
    private let log: Log
    private var isStopping = false

    /// - `keepSeconds`: how long the row of a closed session stays.
    public init(answers: any AnswerKeeping, sessions: any SessionKeeping, keepSeconds: Int, log: Log) {
        self.answers = answers
        self.sessions = sessions
        self.keepSeconds = keepSeconds
        self.log = log
    }

    /// A Postgres that is away is told by those who need it now; here the next round does what this one could not.
    public func step() -> StepOutcome {
        guard !isStopping else { return .finished }
        do throws(AccessFailure) {
            while try answers.sweep() == 10_000 {}
            let swept = try sessions.sweep(keepSeconds: keepSeconds)
            if swept.closed > 0 { log.info("sessions have ended by their time", [.count(swept.closed)]) }
        } catch {
            log.debug("nothing could be swept", [.error(error.message)])
        }
        return .rest(.seconds(300))
    }

    public func beginStop() { isStopping = true }
}
