import Execution
import JSON
import Platform
import Synchronization
import Workflow

/// Anything that takes tasks.
protocol SimExecuting: SimLiving {
    func start()
    func step()
    func stop()
    /// Where its consumer stands; nil where it reads nothing.
    func position(in partition: Int32) -> Int64?
}

/// One executor of the fleet: production code on model ports, through all its lives.
final class ExecutorProcess: SimExecuting {
    let name: String
    private unowned let world: SimWorld
    private var lives = 0
    private(set) var me: Incarnation?
    private var executor: Executor?
    private var log: SimTaskLog?

    init(_ world: SimWorld, _ name: String) {
        self.world = world
        self.name = name
    }

    func start() {
        lives += 1
        let me = Incarnation(world, "\(name).\(lives)")
        var registry = HandlerRegistry()
        registry.add("script", ScriptHandler(script: world.script, executions: world.executionCounter))
        var limits = ExecutorLimits()
        limits.slots = world.plan.slots
        limits.waitingRecords = 6
        limits.reportsHeld = world.plan.holdsTasks
        (limits.holdAfter, limits.holdInterval, limits.holdTime) = (1_000_000, 1_000_000, 4_000_000)
        let log = SimTaskLog(me, world.log)
        let signals = SimSignals(world)
        let surroundings = Executor.Surroundings(
            log: log, runner: SimRunner(me), signals: signals, time: world.time,
            witness: SimWitness(me, signals))
        executor = Executor(surroundings, registry: registry, workerID: me.name, limits: limits)
        (self.me, self.log) = (me, log)
    }

    func position(in partition: Int32) -> Int64? { log?.positions[partition] }

    func step() {
        guard let me, let executor, canStep else { return }
        me.isInside = true
        executor.step()
        me.isInside = false
        if executor.state == .stopped, !me.isDead { me.die(at: "stop") }
        if me.isDead { bury() }
    }

    private func bury() { (me, executor, log) = (nil, nil, nil) }

    /// SIGTERM: drains in its next steps.
    func stop() {
        guard canStep else { return }
        world.count("executor stopped cleanly")
        executor?.stop(within: 500_000)
    }
}

/// The handler of every simulated task: answers by the script, at once, later, or from elsewhere.
struct ScriptHandler: Handler {
    let script: Script
    let executions: ExecutionCounter

    func answer(_ input: HandlerInput) -> HandlerAnswer {
        let number = executions.next()
        if kills(input) { return .run }
        let outcome = outcome(input, number)
        var dice = Dice(seed: script.seed &+ UInt64(number))
        switch dice.below(10) {
        case 0, 1: return .later(milliseconds: dice.below(3_000), outcome)
        case 2, 3: return .run
        default: return .now(outcome)
        }
    }

    func kills(_ input: HandlerInput) -> Bool {
        script.outcome(run: input.runID.asText, task: input.taskID.asText, attempt: input.attempt) == .crash
    }

    func outcome(_ input: HandlerInput, _ number: Int) -> HandlerOutcome {
        let reply = Reply(
            script, runID: input.runID.asText, taskID: input.taskID.asText, attempt: input.attempt, number: number,
            inputs: input.inputs)
        let output = JSONValue(trusted: Bytes(reply.output))
        switch reply.outcome {
        case .succeed, .poison: return .succeeded(output)
        case .degrade: return .degraded(output)
        case .failTransient, .failPermanent, .crash: return .failed(ReportedFailure(reply.error))
        }
    }
}

/// How often anything was executed in a world; each execution has a number of its own.
final class ExecutionCounter: Sendable {
    private let count = Atomic(0)
    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}

/// Where handlers run that need a place: they end when chance says so.
final class SimRunner: HandlerRunner {
    private let me: Incarnation
    private var running: [(id: Int, handler: ScriptHandler, input: HandlerInput)] = []

    init(_ me: Incarnation) { self.me = me }

    func start(_ id: Int, _ handler: any Handler, _ input: HandlerInput) {
        guard let handler = handler as? ScriptHandler else { return }
        if handler.kills(input) {
            me.world.count("executor ended by a task")
            return me.die(at: "a killing task")
        }
        running.append((id, handler, input))
        me.world.check.slotLimit(running.count, by: me)
    }

    /// Our handlers do not listen: they end as they would have.
    func cancel(_ id: Int) {}

    func collect(into completions: inout [HandlerCompletion]) {
        // Slow ones are told of an end before it is theirs.
        let haste = me.world.mutant == .segmentFollowsCancel ? 60 : 400
        guard !running.isEmpty, me.world.dice.chance(haste) else { return }
        let ended = running.remove(at: me.world.dice.below(running.count))
        let outcome = ended.handler.outcome(ended.input, ended.handler.executions.next())
        completions.append(HandlerCompletion(id: ended.id, outcome: outcome))
    }
}

/// Word of cancelled and paused runs, as the mirror has it.
final class SimSignals: TaskSignals {
    private unowned let world: SimWorld
    /// Runs whose end this executor was told of while it ran tasks of theirs.
    var told: Set<[UInt8]> = []
    init(_ world: SimWorld) { self.world = world }

    func cancelled(among running: [[UInt8]]) -> [CancelMark] {
        let found = running.compactMap { run in
            world.mirror.entries[Identifier(run)]?.cancelMark.map { CancelMark(runID: run, limit: $0) }
        }
        if found.contains(where: { $0.limit < .max }) { world.count("tasks of a failed run told to end") }
        told.formUnion(found.filter { $0.limit == .max }.map(\.runID))
        return found
    }

    func paused(among running: [[UInt8]]) -> [[UInt8]] {
        let found = running.filter { run in
            let state = world.mirror.entries[Identifier(run)].map { JSONValue(trusted: $0.json) }
            return state?.name("status") == "paused"
        }
        if !found.isEmpty { world.count("segment told of a pause") }
        return found
    }
}

/// I19: who was told that a run is cancelled does not go on in a segment of it.
final class SimWitness: TaskWitness {
    private unowned let me: Incarnation
    private let signals: SimSignals

    init(_ me: Incarnation, _ signals: SimSignals) {
        self.me = me
        self.signals = signals
    }

    func started(runID: Bytes, taskID: Bytes, attempt: Int) {
        let key = AttemptKey(runID: Identifier(runID), taskID: Identifier(taskID), attempt: Int32(attempt))
        guard me.world.check.dispatched.contains(key) else {
            me.world.count("task followed")
            return me.world.check.followed(key, isTold: signals.told.contains(Array(runID)), by: me)
        }
        // A message of its own, that was on its way: what it brings along may begin before the next question.
        signals.told.remove(Array(runID))
    }
}

/// The world's time, for readers that may sit on any thread.
final class SimTime: TimeSource {
    private let now = Atomic(SimWorld.start)
    var wall: Int64 { now.load(ordering: .relaxed) }
    var monotonic: Int64 { (wall - SimWorld.start) * 1_000 }
    func set(_ time: Microseconds) { now.store(time, ordering: .relaxed) }
}
