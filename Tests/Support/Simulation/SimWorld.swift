import JSON
import Workflow

/// A whole fleet in one thread: models of everything outside, production code inside, and an order drawn from a seed.
///
/// First comes a time of faults, then a calm in which everything has to end. The first violation stops it all.
final class SimWorld {
    static let start: Microseconds = 1_700_000_000_000_000
    static let lossPatience: Microseconds = 3_000_000
    static let commandPatience: Microseconds = 30_000_000

    let seed: UInt64
    let plan: SimPlan
    let mutant: Mutant?
    let script: Script
    var dice: Dice
    var now = SimWorld.start { didSet { time.set(now) } }
    let time = SimTime()
    private(set) var trace: Trace
    private(set) var counters: [String: Int] = [:]
    private(set) var violation: Violation?
    /// Faults may happen; false in the calm at the end.
    var isFaulty = true
    var deaths = 0
    let executionCounter = ExecutionCounter()
    /// How many processes are stopped in the middle of a call, each inside the one before.
    var depth = 0
    /// Much happens in little time.
    var isBrief = false
    private var planned: [() -> Void] = []

    let log: SimLog
    private(set) lazy var store = SimStore(self)
    private(set) lazy var mirror = SimMirror(self)
    private(set) lazy var check = Checks(self)
    private(set) lazy var traffic = Traffic(self)
    private(set) lazy var retries = (0..<plan.retryWorkers).map { RetryProcess(self, "w\($0)") }
    private(set) lazy var drainers = (0..<plan.drainers).map { DrainerProcess(self, "d\($0)") }
    private(set) lazy var orchestrators = (0..<plan.orchestrators).map { OrchestratorProcess(self, "o\($0)") }
    private(set) lazy var executors: [any SimExecuting] = (0..<plan.executors).map { number -> any SimExecuting in
        if number < plan.foreignExecutors { return ForeignExecutor(self, "f\(number)") }
        return ExecutorProcess(self, "x\(number)")
    }

    init(seed: UInt64, mutant: Mutant?, traces: Bool) {
        self.seed = seed
        self.mutant = mutant
        trace = Trace(isOn: traces)
        dice = Dice(seed: seed)
        var plan = SimPlan(&dice)
        var more = Dice(seed: seed.derived("letters and breakers"))
        plan.drawMore(&more)
        self.plan = plan
        script = Script(seed: seed, hasPoison: plan.hasPoison, hasCrash: plan.hasCrash)
        log = SimLog(lanes: plan.lanes, taskPartitions: plan.taskPartitions)
        log.onAppend = { [unowned self] in check.appended($0, $1, $2) }
    }

    func note(_ line: @autoclosure () -> String) { trace.note(now, line()) }
    func count(_ name: String) { counters[name, default: 0] += 1 }

    func fail(_ invariant: String, _ sentence: String) {
        guard violation == nil else { return }
        violation = Violation(invariant: invariant, sentence: sentence)
        note("VIOLATION \(invariant): \(sentence)")
    }

    var mayDie: Bool { deaths < plan.deaths }

    /// Happens at one of the next events.
    func later(_ action: @escaping () -> Void) { planned.append(action) }

    func run() {
        for process in orchestrators { process.start() }
        for executor in executors { executor.start() }
        for worker in retries { worker.start() }
        for drainer in drainers { drainer.start() }
        for _ in 0..<plan.events where violation == nil { event() }
        calmDown()
    }

    /// One happening: time passes, somebody takes a step.
    func event() {
        guard violation == nil else { return }
        passTime()
        if letterEvent() { return settle() }
        switch dice.below(1_000) {
        case ..<500: stepOrchestrator()
        case ..<760: stepExecutor()
        case ..<850: traffic.step()
        case ..<890: stepRetryWorker()
        case ..<930: arriveLate()
        default: if isFaulty { fault() }
        }
        settle()
    }

    private func passTime() {
        let span: Int
        switch dice.below(100) {
        case ..<50: span = dice.below(3_000)
        case ..<85: span = dice.below(60_000)
        case ..<98: span = dice.below(1_500_000)
        default: span = dice.below(14_000_000)
        }
        now += Microseconds(isBrief ? span / 12 : depth > 0 ? span * 3 : span)
    }

    private func settle() {
        log.lanes.expire(now: now) { self.dice.below(4) }
        log.tasks.expire(now: now) { self.dice.below(2) }
        log.letters.expire(now: now) { 0 }
    }

    private func stepOrchestrator() {
        let able = orchestrators.filter(\.canStep)
        if !able.isEmpty { dice.pick(able).step() }
    }

    private func stepRetryWorker() {
        let able = retries.filter(\.canStep)
        if !able.isEmpty { dice.pick(able).step() }
    }

    private func stepExecutor() {
        let able = executors.filter(\.canStep)
        if !able.isEmpty { dice.pick(able).step() }
    }

    /// Something that was on the wire, or in a server's queue, comes through.
    func arriveLate() {
        let actions = planned
        planned = []
        for action in actions { action() }
        if !log.isAway, !log.late.isEmpty {
            let (topic, partition, record) = log.late.remove(at: dice.below(log.late.count))
            count("message arrived late")
            log.append(topic, partition, record)
        }
        if !store.isAway { store.runDelayed() }
    }

    var hasLate: Bool { !planned.isEmpty || !log.late.isEmpty || store.hasDelayed }

    /// Stops a process in the middle of a call; the others go on, and may take over what it thinks is its own.
    func pauseInside(_ process: Incarnation, at point: String, for wanted: Int? = nil) {
        guard depth < 2 else { return }
        let span =
            wanted
            ?? (dice.chance(500) ? dice.from(100_000...3_000_000) : dice.from(11_000_000...40_000_000))
        count(span > 10_000_000 ? "stopped past its session" : "stopped for a moment")
        note("\(process.name) stops at \(point) for \(span / 1_000) ms")
        let end = now + Microseconds(span)
        process.pause(until: end)
        depth += 1
        var events = 0
        while now < end, violation == nil, events < 150 {
            event()
            events += 1
        }
        now = max(now, end)
        depth -= 1
        process.wake()
        note("\(process.name) goes on")
    }
}
