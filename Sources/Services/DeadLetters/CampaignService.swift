public import Platform
import Workflow

/// A campaign runner as a loop of its own thread: busy while there are campaigns, and a look a second otherwise.
public final class CampaignService: StepService {
    private let runner: CampaignRunner
    private let journal: Log
    private var isStopping = false

    public init(_ runner: CampaignRunner, journal: Log) {
        self.runner = runner
        self.journal = journal
    }

    public func step() -> StepOutcome {
        guard !isStopping else { return .finished }
        do throws(LetterStoreError) {
            return .rest(try runner.step() > 0 ? .milliseconds(100) : .seconds(1))
        } catch {
            journal.limited("campaigns", .warning, "campaigns wait for Postgres", [.error(error)])
            return .rest(.seconds(1))
        }
    }

    public func beginStop() { isStopping = true }
}
