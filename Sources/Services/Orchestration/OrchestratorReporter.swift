import JSON
public import Platform
import Workflow

/// Turns what an orchestrator notices into log lines, metrics and health.
public final class OrchestratorReporter: OrchestratorObserver {
    private let log: Log
    private let metrics: OrchestratorMetrics
    private let health: Health
    /// Which of the process's consumers it speaks for.
    private let voice: Int
    private var lanes: Set<Int32> = []
    private var lanesHeld: Share
    private var activeRuns: Share
    private var activeTasks: Share
    private var cacheBytes: Share
    /// Looked up once: a family costs a lock for each look.
    private let succeeded: Counter
    private var handlerSeconds: [Identifier: Histogram] = [:]
    private var lastHandler: (name: Identifier, seconds: Histogram)?
    /// One for each of the first attempts, the last for all further ones.
    private let successes: [Counter]

    public init(log: Log, metrics: OrchestratorMetrics, health: Health, voice: Int = 0) {
        self.voice = voice
        lanesHeld = Share(of: metrics.lanesHeld)
        activeRuns = Share(of: metrics.activeRuns)
        activeTasks = Share(of: metrics.activeTasks)
        cacheBytes = Share(of: metrics.cacheBytes)
        self.log = log
        self.metrics = metrics
        self.health = health
        succeeded = metrics.tasksCompleted.with(TaskStatus.succeeded.rawValue)
        successes = (0...9).map { metrics.successes.with("\($0)") } + [metrics.successes.with("10 or more")]
    }

    public func passed(_ point: KillPoint) { point.pass() }

    public func noticed(_ event: OrchestratorEvent) {
        switch event {
        case .turnCommitted(let records, let decision, let ended, let took): count(records, decision, ended, took)
        case .cacheSize(let runs, let bytes):
            activeRuns.set(runs)
            cacheBytes.set(bytes)
        case .tasksOut(let count): activeTasks.set(count)
        case .runsLoaded(let count): metrics.cacheMisses.add(count)
        case .published(let took): metrics.publishSeconds.record(Double(took) / 1e6)
        case .ignored(let reason): metrics.inputsIgnored.with(reason).add()
        case .forwarded: metrics.forwarded.add()
        case .runSetAside(let sentence):
            metrics.runsSetAside.add()
            log.limited("set aside", .error, sentence)
        case .quarantined: metrics.quarantined.add()
        case .turnRefused(let why):
            metrics.turnsRepeated.add()
            log.limited("refused", .warning, "a turn was refused and is decided again", [.reason(why)])
        case .commitUnknown(let why):
            metrics.commitsUnknown.add()
            log.warning("the answer to a commit was lost; it is read back", [.error(why)])
        case .attemptLost(let suspect):
            metrics.attemptsLost.with(suspect.kind.rawValue).add()
            log.limited("lost", .warning, "an attempt is lost", LogField.attempt(suspect))
        case .lookFailed(let why):
            log.limited("look", .warning, "a look for lost attempts could not be made", [.error(why)])
        case .lanesTaken(let ids): take(ids)
        case .lanesLost(let ids): lose(ids)
        case .laneGap(let gap): report(gap)
        case .storeAway, .storeBack, .logTrouble, .logBack, .refusedToStart: dependency(event)
        }
    }

    private func count(_ records: Int, _ decision: Decision, _ ended: [Identifier: RunStatus], _ took: Microseconds) {
        metrics.turns.add()
        metrics.turnInputs.record(Double(records))
        metrics.commitSeconds.record(Double(took) / 1e6)
        metrics.tasksScheduled.add(decision.followed + decision.work.taskCount)
        if decision.work.letterCount > 0 { tell(letters: decision.work) }
        metrics.runsProcessed.add(ended.count)
        metrics.runsExhausted.add(decision.exhaustedRuns)
        for place in decision.tasks.indices { count(decision.tasks, place) }
        for (id, correlation, createdAt, state) in decision.runStates {
            count(state, since: createdAt)
            tell(id, correlation, state)
        }
        for row in decision.newRuns { tell(row.runID, row.correlationID, row.state) }
    }

    private func tell(letters work: OutBatch) {
        for entry in work.entries where entry.topic == .deadLetters {
            let letter = JSONValue(trusted: work.value(of: entry))
            metrics.deadLetters.with(String(decoding: letter.member("reason")?.text ?? [], as: UTF8.self)).add()
            log.warning("given up: a dead letter", LogField.letter(letter))
        }
    }

    private func tell(_ row: TaskRow) {
        log.debug(
            "a task has a new status",
            [
                .runID("\(row.runID)"), .taskID("\(row.taskID)"), .status(row.status.rawValue),
                .count(Int(row.attempts)), .handler("\(row.handler)"),
            ])
    }

    /// By place: a row is large, and nearly all are plain successes.
    private func count(_ rows: [TaskRow], _ place: Int) {
        let status = rows[place].status
        if .debug >= log.level { tell(rows[place]) }
        if status == .succeeded {
            succeeded.add()
        } else if !status.isOpen {
            metrics.tasksCompleted.with(status.rawValue).add()
        }
        if status == .retrying {
            metrics.retryAttempts.with("\(rows[place].taskID)", "\(rows[place].handler)").add()
        }
        if status.isUsable, rows[place].errorClass == nil { countSuccess(rows, place) }
        guard let time = rows[place].executionTimeMs else { return }
        seconds(of: rows[place].handler).record(Double(time) / 1e3)
    }

    private func seconds(of handler: Identifier) -> Histogram {
        if let lastHandler, lastHandler.name == handler { return lastHandler.seconds }
        if handlerSeconds.count > 1_000 { handlerSeconds.removeAll() }
        let histogram = handlerSeconds[handler] ?? metrics.taskSeconds.with("\(handler)")
        handlerSeconds[handler] = histogram
        lastHandler = (handler, histogram)
        return histogram
    }

    private func countSuccess(_ rows: [TaskRow], _ place: Int) {
        let attempt = min(max(Int(rows[place].attempts) - 1, 0), successes.count - 1)
        successes[attempt].add()
        guard attempt > 0, let end = rows[place].completedAt else { return }
        metrics.retriedSeconds.record(Double(end - rows[place].createdAt) / 1e6)
    }

    private func count(_ state: RunStateRow, since start: Microseconds) {
        guard state.status.isFinal, let end = state.completedAt else { return }
        metrics.runSeconds.record(Double(end - start) / 1e6)
    }

    /// Runs that end well are told at the level of debugging: there may be thousands a second.
    private func tell(_ id: Identifier, _ correlation: Identifier, _ state: RunStateRow) {
        guard state.status.isFinal else { return }
        let level: LogLevel = state.status == .completed ? .debug : .info
        guard level >= log.level else { return }
        let error = state.error.map { [LogField.error(String(decoding: $0.prefix(500), as: UTF8.self))] } ?? []
        log.write(
            level, "a run has ended",
            [.runID("\(id)"), .correlationID("\(correlation)"), .status(state.status.rawValue)] + error)
    }

    private func take(_ ids: [Int32]) {
        lanes = Set(ids)
        lanesHeld.set(lanes.count)
        metrics.lanesTaken.add(ids.count)
        health.up("kafka", by: voice)
        health.up("postgres", by: voice)
        log.info("lanes taken", [.lanes(text(ids))])
    }

    private func lose(_ ids: [Int32]) {
        guard !ids.isEmpty else { return }
        lanes.subtract(ids)
        lanesHeld.set(lanes.count)
        metrics.lanesLost.add(ids.count)
        log.info("lanes given up", [.lanes(text(ids))])
    }

    private func text(_ ids: [Int32]) -> String { ids.map { "\($0)" }.joined(separator: ",") }

    private func report(_ gap: LaneGap) {
        metrics.laneGaps.add()
        log.error(
            "a position is gone from Kafka: records may be lost; the lane goes on by time",
            [.lane(gap.lane), .topic("\(gap.topic.name)"), .offset(gap.expected), .count(gap.continuedAt)])
    }

    private func dependency(_ event: OrchestratorEvent) {
        switch event {
        case .storeAway(let why):
            health.down("postgres", why, by: voice)
            log.warning("Postgres is away; lanes wait", [.dependency("postgres"), .error(why)])
        case .storeBack:
            health.up("postgres", by: voice)
            log.info("Postgres is back", [.dependency("postgres")])
        case .logTrouble(let why):
            health.down("kafka", why, by: voice)
            log.limited("kafka", .warning, "Kafka is in trouble", [.dependency("kafka"), .error(why)])
        case .logBack:
            health.up("kafka", by: voice)
            log.info("Kafka is back", [.dependency("kafka")])
        // A refusal ends the process, which says why.
        default: break
        }
    }
}

/// One consumer's part of a gauge that several of them make up.
private struct Share {
    private let gauge: Gauge
    private var value = 0

    init(of gauge: Gauge) { self.gauge = gauge }

    mutating func set(_ value: Int) {
        gauge.add(Double(value - self.value))
        self.value = value
    }
}

extension LogField {
    fileprivate static func attempt(_ suspect: Suspect) -> [LogField] {
        let key = suspect.attempt
        return [
            .runID("\(key.runID)"), .taskID("\(key.taskID)"), .attempt(Int(key.attempt)), .pool("\(suspect.pool)"),
            .reason(suspect.kind.rawValue),
        ]
    }

    /// What finds a dead letter again: whose it is, or where it lay.
    fileprivate static func letter(_ letter: JSONValue) -> [LogField] {
        let text = { (value: JSONValue?) in value?.text.map { String(decoding: $0.prefix(500), as: UTF8.self) } }
        var fields: [LogField] = []
        if let id = text(letter.member("message_id")) { fields.append(.messageID(id)) }
        if let run = text(letter.member("run_id")) { fields.append(.runID(run)) }
        if let task = text(letter.member("task_id")) { fields.append(.taskID(task)) }
        if let reason = text(letter.member("reason")) { fields.append(.reason(reason)) }
        if let error = text(letter.member("error")) { fields.append(.error(error)) }
        return fields
    }
}
