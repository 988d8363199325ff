/// The metrics of the orchestrator; the names are a contract.
public struct OrchestratorMetrics: Sendable {
    public let runsProcessed: Counter
    public let runSeconds: Histogram
    public let activeRuns: Gauge
    public let tasksScheduled: Counter
    /// By status.
    public let tasksCompleted: MetricFamily<Counter>
    /// By handler.
    public let taskSeconds: MetricFamily<Histogram>
    public let activeTasks: Gauge
    /// By task and handler.
    public let retryAttempts: MetricFamily<Counter>
    /// By the number of the attempt that succeeded, counted from 0.
    public let successes: MetricFamily<Counter>
    public let retriedSeconds: Histogram
    public let runsExhausted: Counter
    public let deadLetterQueueSize: Gauge
    /// By reason.
    public let deadLetters: MetricFamily<Counter>
    /// By reason: `duplicate`, `late`, `unknown_run`, `unknown_task`, ….
    public let inputsIgnored: MetricFamily<Counter>
    public let quarantined: Counter
    /// By how it was noticed: `out`, `held`, `time_limit`.
    public let attemptsLost: MetricFamily<Counter>
    public let runsSetAside: Counter
    public let forwarded: Counter
    public let turns: Counter
    public let turnsRepeated: Counter
    public let turnInputs: Histogram
    public let commitSeconds: Histogram
    public let publishSeconds: Histogram
    public let commitsUnknown: Counter
    public let lanesHeld: Gauge
    public let lanesTaken: Counter
    public let lanesLost: Counter
    public let laneGaps: Counter
    public let cacheBytes: Gauge
    public let cacheMisses: Counter
    /// By pool.
    public let poolWaiting: MetricFamily<Gauge>
    public let poolStalledSeconds: MetricFamily<Gauge>

    public init(_ registry: MetricsRegistry) {
        let statuses = ["succeeded", "degraded", "failed", "skipped", "cancelled"].map { [$0] }
        runsProcessed = registry.counter("orchestrator_flow_runs_processed_total", "Runs that have ended.")
        runSeconds = registry.histogram("orchestrator_run_execution_seconds", "From a run's request to its end.")
        activeRuns = registry.gauge("orchestrator_active_runs", "Runs in memory that have not ended.")
        tasksScheduled = registry.counter("orchestrator_tasks_scheduled_total", "Tasks dispatched, retries included.")
        tasksCompleted = registry.counters(
            "orchestrator_tasks_completed_total", "Tasks that have ended, by status.", labels: ["status"],
            known: statuses)
        taskSeconds = registry.histograms(
            "orchestrator_task_execution_seconds", "How long handlers ran, as executors report it.",
            labels: ["handler"])
        activeTasks = registry.gauge("orchestrator_active_tasks", "Tasks in memory that are out and have no result.")
        retryAttempts = registry.counters(
            "orchestrator_retry_attempts_total", "Retries decided.", labels: ["task", "handler"])
        successes = registry.counters(
            "orchestrator_task_successes_total", "Tasks that succeeded, by the attempt that did; from 10 on together.",
            labels: ["attempt"])
        retriedSeconds = registry.histogram(
            "orchestrator_retried_task_success_seconds",
            "From the moment a task was ready to its success, for tasks that failed before.")
        runsExhausted = registry.counter(
            "orchestrator_runs_exhausted_total", "Runs that failed because a task was out of retries.")
        deadLetterQueueSize = registry.gauge("orchestrator_dead_letter_queue_size", "Open dead letters.")
        deadLetters = registry.counters(
            "orchestrator_dead_letters_total", "Dead letters published, by reason.", labels: ["reason"])
        inputsIgnored = registry.counters(
            "orchestrator_inputs_ignored_total", "Records that changed nothing, by reason.", labels: ["reason"])
        quarantined = registry.counter(
            "orchestrator_records_quarantined_total", "Records that could not be read, kept as dead letters.")
        attemptsLost = registry.counters(
            "orchestrator_attempts_lost_total",
            "Attempts that nothing was heard of: dispatched again (out), or failed (held, time_limit).",
            labels: ["how"])
        runsSetAside = registry.counter(
            "orchestrator_runs_set_aside_total",
            "Times a run was asked for that the database or its flow keeps from us; its results become dead letters.")
        forwarded = registry.counter("orchestrator_records_forwarded_total", "Records sent on to their lane.")
        turns = registry.counter("orchestrator_turns_total", "Turns that were committed.")
        turnsRepeated = registry.counter("orchestrator_turns_repeated_total", "Turns that had to be decided again.")
        turnInputs = registry.histogram(
            "orchestrator_turn_inputs", "Records in one turn.", bounds: Histogram.counts)
        commitSeconds = registry.histogram("orchestrator_commit_seconds", "How long the transaction of a turn took.")
        publishSeconds = registry.histogram(
            "orchestrator_publish_seconds", "From handing a turn's messages over to their last report.")
        commitsUnknown = registry.counter(
            "orchestrator_commits_unknown_total", "Commits whose connection died; each was read back.")
        lanesHeld = registry.gauge("orchestrator_lanes_held", "Lanes that this process owns.")
        lanesTaken = registry.counter("orchestrator_lanes_taken_total", "Lanes taken.")
        lanesLost = registry.counter("orchestrator_lanes_lost_total", "Lanes found to be owned by another process.")
        laneGaps = registry.counter(
            "orchestrator_lane_gaps_total", "Positions that Kafka no longer had; records may have been lost.")
        cacheBytes = registry.gauge("orchestrator_cache_bytes", "Memory used by runs in memory, estimated.")
        cacheMisses = registry.counter("orchestrator_cache_misses_total", "Runs rebuilt from rows.")
        poolWaiting = registry.gauges(
            "orchestrator_pool_waiting_tasks", "Tasks of a pool that its executors have not finished or held yet.",
            labels: ["pool"])
        poolStalledSeconds = registry.gauges(
            "orchestrator_pool_stalled_seconds", "Since when tasks of a pool wait and none of them is taken.",
            labels: ["pool"])
    }
}
