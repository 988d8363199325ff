/// The metrics of the executor.
public struct ExecutorMetrics: Sendable {
    /// By handler and status: `succeeded`, `degraded`, `failed`, `cancelled`.
    public let tasks: MetricFamily<Counter>
    /// By handler.
    public let taskSeconds: MetricFamily<Histogram>
    /// By class.
    public let failures: MetricFamily<Counter>
    public let slots: Gauge
    public let slotsInUse: Gauge
    public let received: Counter
    public let undecodable: Counter
    public let unknownHandlers: Counter
    public let repeated: Counter
    public let resultsPublished: Counter
    public let publishFailures: Counter
    public let commits: Counter
    public let commitFailures: Counter
    public let partitions: Gauge
    public let partitionsPaused: Gauge
    public let rebalances: Counter
    public let unfinished: Gauge
    public let handedBack: Counter
    public let leftBehind: Counter
    public let abandoned: Gauge
    public let abandonedTotal: Counter
    public let holds: Counter
    public let suspects: Counter
    public let poison: Counter
    public let cancelled: Counter
    public let waitSeconds: Histogram
    public let followed: Counter

    public init(_ registry: MetricsRegistry) {
        tasks = registry.counters(
            "executor_tasks_total", "Tasks run, by handler and status.", labels: ["handler", "status"])
        taskSeconds = registry.histograms(
            "executor_task_seconds", "How long handlers ran, by handler.", labels: ["handler"])
        failures = registry.counters("executor_failures_total", "Failed tasks, by error class.", labels: ["class"])
        slots = registry.gauge("executor_slots", "Tasks that may run at once.")
        slotsInUse = registry.gauge("executor_slots_in_use", "Tasks that run now.")
        received = registry.counter("executor_records_received_total", "Records read from the task queue.")
        undecodable = registry.counter("executor_records_undecodable_total", "Records that are no task message.")
        unknownHandlers = registry.counter(
            "executor_unknown_handlers_total", "Tasks for a handler that this executor does not have.")
        repeated = registry.counter(
            "executor_records_repeated_total", "Records left out because an earlier owner had finished them.")
        resultsPublished = registry.counter("executor_results_published_total", "Results that Kafka has acknowledged.")
        publishFailures = registry.counter(
            "executor_publish_failures_total", "Results that Kafka refused; their tasks are delivered again.")
        commits = registry.counter("executor_commits_total", "Offsets committed.")
        commitFailures = registry.counter("executor_commit_failures_total", "Commits that Kafka refused.")
        partitions = registry.gauge("executor_partitions", "Partitions of the task queue that this process has.")
        partitionsPaused = registry.gauge(
            "executor_partitions_paused", "Of these, paused because all slots are in use.")
        rebalances = registry.counter("executor_rebalances_total", "Assignments received.")
        unfinished = registry.gauge(
            "executor_unfinished_records", "Records taken whose result is not acknowledged yet.")
        handedBack = registry.counter(
            "executor_tasks_handed_back_total", "Tasks given back to their lanes when this process stopped.")
        leftBehind = registry.counter(
            "executor_tasks_left_behind_total", "Tasks without a result or a word when their partition went.")
        abandoned = registry.gauge(
            "executor_abandoned_handlers", "Handlers that were given up and still run; many of them cost slots.")
        abandonedTotal = registry.counter(
            "executor_handlers_abandoned_total", "Handlers that did not end although they were told to.")
        holds = registry.counter(
            "executor_holds_total", "Times that a lane was told that a task takes long.")
        suspects = registry.counter(
            "executor_suspects_started_total", "Starts of tasks that may have ended an executor before.")
        poison = registry.counter(
            "executor_poison_tasks_total", "Tasks given up because they end their executor.")
        cancelled = registry.counter("executor_tasks_cancelled_total", "Handlers that were told to stop.")
        followed = registry.counter(
            "executor_tasks_followed_total", "Tasks run at once behind the one before them, as its message said.")
        waitSeconds = registry.histogram("executor_wait_seconds", "From a task's publication to its start.")
    }
}
