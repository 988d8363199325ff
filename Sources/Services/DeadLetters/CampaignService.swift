public import Platform
import Workflow

/// A campaign runner as a loop of its own thread: busy while there are campaigns, and a look a second otherwise; so it
/// is also the process's steadiest witness of Postgres.
public final class CampaignService: StepService {
    private let runner: CampaignRunner
    private let health: Health
    private let journal: Log
    private var isStopping = false
    private var isAway = false

    public init(_ runner: CampaignRunner, health: Health, journal: Log) {
        self.runner = runner
        self.health = health
        self.journal = journal
    }

    public func step() -> StepOutcome {
        guard !isStopping else { return .finished }
        do throws(LetterStoreError) {
            let count = try runner.step()
            health.up("postgres", by: Self.voice)
            if isAway { journal.info("Postgres is there") }
            isAway = false
            return .rest(count > 0 ? .milliseconds(100) : .seconds(1))
        } catch {
            health.down("postgres", "\(error)", by: Self.voice)
            isAway = true
            journal.limited("campaigns", .warning, "campaigns wait for Postgres", [.error(error)])
            return .rest(.seconds(1))
        }
    }

    /// Beside the drainer's own.
    private static let voice = 1

    public func beginStop() { isStopping = true }
}
