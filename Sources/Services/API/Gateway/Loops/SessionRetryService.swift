import JSON
public import Platform
public import Workflow

/// Sends the commands of session retries that are waiting, as fast as lanes answer; any gateway sends for all. Tells
/// the streams of this gateway how far they are.
public final class SessionRetryService: StepService {
    private let keeper: any SessionRetryKeeping
    private let publisher: any RequestPublishing
    private let hub: EventHub
    private let log: Log
    private var told: [String: SessionRetryProgress] = [:]
    private var looked: ContinuousClock.Instant?
    private var isStopping = false

    public init(
        keeper: any SessionRetryKeeping, publisher: any RequestPublishing, hub: EventHub, log: Log
    ) {
        self.keeper = keeper
        self.publisher = publisher
        self.hub = hub
        self.log = log
    }

    /// What could not be sent counts as taken, and comes again when nobody has answered it in time.
    public func step() -> StepOutcome {
        guard !isStopping else { return .finished }
        do throws(AccessFailure) {
            let commands = try keeper.take(SessionRetryJobs.step, open: SessionRetryJobs.open)
            try tell()
            guard !commands.isEmpty else { return .rest(.milliseconds(500)) }
            try publisher.publish(SessionRetryCommand.messages(commands))
            return .rest(.milliseconds(20))
        } catch {
            log.limited("session-retries", .warning, "retries of sessions wait", [.error(error.message)])
            return .rest(.seconds(1))
        }
    }

    public func beginStop() { isStopping = true }

    /// From rows, so that every gateway tells it, whichever sends. A hint like all on the stream, twice a second at
    /// most, and only while somebody listens.
    private func tell() throws(AccessFailure) {
        guard hub.count > 0 else { return told.removeAll() }
        if let looked, ContinuousClock.now - looked < .milliseconds(450) { return }
        looked = .now
        let underWay = try keeper.underWay(limit: 50)
        let now = Dictionary(underWay.map { ($0.retryID, $0) }) { first, _ in first }
        var news = underWay.filter { told[$0.retryID] != $0 }
        for var ended in told.values where now[ended.retryID] == nil {
            (ended.waiting, ended.sent) = (0, 0)
            news.append(ended)
        }
        told = now
        hub.publish(news.map(Self.hint))
    }

    static func hint(_ progress: SessionRetryProgress) -> Bytes {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("event_type", string: "flowfleet.session_retry.progress" as StaticString)
        writer.member("session_id", string: progress.sessionID)
        writer.put("tenant_id", progress.tenantID)
        writer.member("retry_id", string: progress.retryID)
        writer.member("runs", int: progress.runs)
        writer.member("waiting", int: progress.waiting)
        writer.member("sent", int: progress.sent)
        writer.member("answered", int: progress.runs - progress.waiting - progress.sent)
        writer.endObject()
        return writer.bytes[...]
    }
}
