public import Platform
import Workflow

/// Turns what a courier notices into log lines, metrics and health.
public final class CourierReporter: CourierObserver {
    private let log: Log
    private let metrics: CourierMetrics
    private let health: Health

    public init(log: Log, metrics: CourierMetrics, health: Health) {
        self.log = log
        self.metrics = metrics
        self.health = health
    }

    public func passed(_ point: KillPoint) { point.pass() }

    public func noticed(_ event: CourierEvent) {
        switch event {
        case .claimed(let count, let takenOver): claimed(count, takenOver)
        case .tried(let run, let attempt): tried(run.bytes, attempt)
        case .delivered(let run, let channel, let kind, let lateness):
            metrics.delivered.with(channel, kind.rawValue).add()
            metrics.lateness.record(Double(lateness) / 1e6)
            log.debug("delivered", [.runID(run.bytes), .channel(channel), .stage(kind.rawValue)])
        case .sessionClosed(let run, let stage, let depth, let why):
            metrics.sessionsClosed.with(stage.rawValue, depth).add()
            log.info(
                "the chat's session is closed: the next channel is tried",
                [.runID(run.bytes), .stage(stage.rawValue), .reason(why)])
        case .passedOver(let run, let channel, let stage, let why):
            metrics.passedOver.with(channel).add()
            log.info(
                "a channel is passed over",
                [.runID(run.bytes), .channel(channel), .stage(stage.rawValue), .reason(why)])
        case .endpointDisabled(let place, let why):
            metrics.endpointsDisabled.add()
            log.warning("an endpoint is disabled until somebody replays to it", [.address(place), .reason(why)])
        case .kept, .fileFailed, .expiresSoon, .swept: keeping(event)
        case .tooLate(let count):
            log.warning("claims had run out before what came of them was noted; those go out again", [.count(count)])
        case .unwritable(let id, let words):
            log.error(
                "Postgres refuses what is to be noted of a delivery: only its outcome is noted",
                [.messageID("delivery \(id)"), .error(words)])
        case .backlog(let backlog):
            metrics.overdue.set(backlog.overdue)
            metrics.oldestOverdue.set(Double(backlog.oldest) / 1e6)
            metrics.kept.set(backlog.kept)
        case .storeAway(let why):
            health.down("postgres", why)
            log.warning("Postgres is away; deliveries wait", [.dependency("postgres"), .error(why)])
        case .storeBack:
            health.up("postgres")
            log.info("Postgres is there", [.dependency("postgres")])
        }
    }

    private func claimed(_ count: Int, _ takenOver: Int) {
        metrics.claims.add(count)
        metrics.takenOver.add(takenOver)
        if takenOver > 0 { log.info("claims of another courier had run out and were taken over", [.count(takenOver)]) }
    }

    private func tried(_ run: [UInt8], _ attempt: DeliveryTry) {
        metrics.tries.with(attempt.channel, attempt.outcome).add()
        if let latency = attempt.latency { metrics.latency.with(attempt.channel).record(Double(latency) / 1e6) }
        guard let error = attempt.error, attempt.outcome == "failed" else { return }
        log.limited(
            "failed-\(attempt.channel)", .info, "a delivery was not taken and is tried again",
            [.runID(run), .channel(attempt.channel), .stage(attempt.notice.rawValue), .reason(error)])
    }

    private func keeping(_ event: CourierEvent) {
        switch event {
        case .kept(let run, let reason, let depth, let command, let why):
            metrics.persisted.with(reason, depth).add()
            let fields: [LogField] = [.runID(run.bytes), .reason(reason), .error(why), .command(command)]
            switch KeepReason(rawValue: reason) {
            case .requested: log.debug("a result is kept for pick-up", fields)
            case .tooLarge: log.info("a result is more than its channel takes and is kept for pick-up", fields)
            default: log.warning("a result reached nobody and is kept for pick-up", fields)
            }
        case .fileFailed(let run, let words, let why):
            metrics.keepFailures.add()
            log.error(
                "the file of a kept result could not be written; the result is in the inbox",
                [.runID(run.bytes), .reason(why), .error(words)])
        case .expiresSoon(let run, let result):
            log.warning(
                "a kept result is removed in three days or less, and nobody picked it up",
                [.runID(run.bytes), .command("flowfleet delivery redeem \(result)")])
        case .swept(let run, let result):
            metrics.swept.add()
            log.info("a kept result is removed: its time is over", [.runID(run.bytes), .messageID(result)])
        default: break
        }
    }
}
