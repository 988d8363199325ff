public import Kafka
public import Platform
internal import Workflow

/// Looks every ten seconds how many tasks wait in each pool, and says so when nobody takes any of them: a pool without
/// executors would be silent otherwise.
///
/// Kafka alone is asked, so foreign executors count as well. An executor whose slots are all taken goes on committing,
/// because what runs long is held and does not hold its partition back.
public final class PoolCensus: StepService {
    private let kafka: KafkaConfiguration
    private let group: String
    private let topics: TopicNames
    private let metrics: OrchestratorMetrics
    private let journal: Log
    private var reader: GroupReader?
    private var pools: [(name: String, stall: PoolStall)]
    private var isStopping = false

    /// - `group`: the executors' consumer group.
    public init(
        _ kafka: KafkaConfiguration, group: String, topics: TopicNames, pools: [String], metrics: OrchestratorMetrics,
        journal: Log
    ) {
        self.kafka = kafka
        self.group = group
        self.topics = topics
        self.metrics = metrics
        self.journal = journal
        self.pools = pools.map { ($0, PoolStall()) }
    }

    /// A Kafka that is away leaves the numbers as they were.
    public func step() -> StepOutcome {
        guard !isStopping else { return .finished }
        for index in pools.indices {
            guard let sight = try? sight(of: pools[index].name) else { continue }
            let stalled = pools[index].stall.judge(sight, at: .now)
            show(pools[index].name, sight, stalled)
        }
        return .rest(.seconds(10))
    }

    public func beginStop() { isStopping = true }

    private func show(_ pool: String, _ sight: PoolSight, _ stalled: Duration) {
        metrics.poolWaiting.with(pool).set(Int(clamping: sight.waiting))
        metrics.poolStalledSeconds.with(pool).set(stalled / .seconds(1))
        guard stalled >= PoolStall.patience else { return }
        journal.limited(
            "pool-\(pool)", every: .seconds(60), .warning,
            "tasks of a pool wait and nobody takes any: does a running flowfleet-executor name it in EXECUTOR_POOLS?",
            [.pool(pool), .count(Int(clamping: sight.waiting)), .milliseconds(stalled / .milliseconds(1))])
    }

    private func sight(of pool: String) throws(KafkaError) -> PoolSight {
        if reader == nil { reader = try GroupReader(kafka, group: group, timeoutMilliseconds: 5_000) }
        let progress = try reader?.progress(of: topics.taskQueue(pool: pool)) ?? []
        return progress.reduce(into: PoolSight(waiting: 0, taken: 0)) {
            $0.taken += $1.reached
            $0.waiting += max(0, $1.end - $1.reached)
        }
    }
}

/// How many tasks of a pool wait, and how far its executors have come.
struct PoolSight {
    var waiting: Int64
    var taken: Int64
}

/// Since when tasks of one pool wait without any being taken.
struct PoolStall {
    /// After this long it is worth a line.
    static let patience = Duration.seconds(30)

    private var since: ContinuousClock.Instant?
    private var taken: Int64?

    /// How long nothing has been taken although something waits.
    mutating func judge(_ sight: PoolSight, at now: ContinuousClock.Instant) -> Duration {
        if sight.waiting == 0 || sight.taken != taken { since = nil }
        taken = sight.taken
        guard sight.waiting > 0 else { return .zero }
        let begin = since ?? now
        since = begin
        return now - begin
    }
}
