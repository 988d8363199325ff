import Execution
import JSON
import Workflow

/// One executor of the world: production code on a model of its log and its handlers, which may fail, delay, and die
/// with it at any call.
final class TaskMember: TaskLog, HandlerRunner, TaskSignals, TaskWitness {
    private unowned let world: TaskWorld
    private(set) var executor: Executor?
    private(set) var isDead = false
    private(set) var isAskedBack = false
    var given: [Int32] = []
    private(set) var held: Set<Int32> = []

    private var isBegun = false
    private var isCalm = false
    private var positions: [Int32: Int64] = [:]
    private var paused: Set<Int32> = []
    private var events: [TaskLogEvent] = []
    private var flights: [(record: ResultRecord, arrives: Bool, reported: TaskDelivery)] = []
    private var runs: [Int] = []

    init(_ world: TaskWorld, _ name: String) {
        self.world = world
        var registry = HandlerRegistry.builtIn(http: nil)
        registry.add("slow", SlowHandler())
        var limits = ExecutorLimits()
        limits.slots = 8
        limits.waitingRecords = 60
        limits.receiveRecords = 20
        limits.blockedRecords = 10
        executor = Executor(
            .init(log: self, runner: self, signals: self, time: world.time, witness: self), registry: registry,
            workerID: name, limits: limits)
    }

    func step(isCalm: Bool) {
        self.isCalm = isCalm
        if !isDead { executor?.step() }
        if isDead { executor = nil }
    }

    /// Every call passes here: the process may be killed right now, and then nothing of it reaches anything.
    private func lives(_ point: String) -> Bool {
        if !isCalm, !isDead, world.fault(1), world.chance(20) {
            isDead = true
            world.note("killed in \(point)")
            for flight in flights where world.chance(50) { arrive(flight.record) }
        }
        return !isDead
    }

    private func fails(_ percent: Int) -> Bool { !isCalm && world.fault(percent) }

    // MARK: the group

    func askBack() {
        guard !isAskedBack else { return }
        isAskedBack = true
        events.append(.revoking(held.sorted().map { TaskPartition(topic: 0, partition: $0) }))
        positions = [:]
    }

    func lose() {
        events.append(.lost(held.sorted().map { TaskPartition(topic: 0, partition: $0) }))
        (held, positions, isAskedBack) = ([], [:], false)
    }

    func take(_ generation: Int) {
        held = Set(given)
        let assignments = given.map { partition in
            TaskAssignment(
                partition: TaskPartition(topic: 0, partition: partition), offset: world.committed[partition]?.offset,
                metadata: world.committed[partition].map { $0.metadata[...] })
        }
        given = []
        if !held.isEmpty { events.append(.assigned(assignments)) }
    }

    private func isHeld(_ commits: [TaskCommit]) -> Bool {
        commits.allSatisfy { held.contains($0.partition.partition) }
    }

    // MARK: TaskLog

    func receive(into intake: inout TaskIntake, limit: Int, wait: Int64) {
        guard lives("receive") else { return }
        land()
        intake.events = events
        events = []
        for partition in positions.keys.sorted() where !paused.contains(partition) && (isCalm || world.chance(70)) {
            while intake.records.count < limit, let offset = positions[partition], offset < TaskWorld.records {
                positions[partition] = offset + 1
                guard world.hasRecord(partition, offset) else { continue }
                intake.records.append(
                    TaskLogRecord(
                        partition: TaskPartition(topic: 0, partition: partition), offset: offset,
                        value: world.value(partition, offset).map { $0[...] }))
            }
        }
    }

    /// Results reach the log, or do not, and are reported, truly or not.
    private func land() {
        let all = flights
        flights = []
        for flight in all {
            guard isCalm || world.chance(60) else {
                flights.append(flight)
                continue
            }
            if flight.arrives { arrive(flight.record) }
            events.append(.reported(token: flight.record.token, flight.reported))
            if fails(3) { events.append(.reported(token: flight.record.token, flight.reported)) }
        }
    }

    private func arrive(_ record: ResultRecord) {
        let (partition, offset) = place(record)
        world.answered[partition, default: []].insert(offset)
    }

    /// The record a result answers, by the task's name or the dead letter's.
    private func place(_ record: ResultRecord) -> (Int32, Int64) {
        let id = member("task_id", of: record.value) ?? member("message_id", of: record.value) ?? ""
        let numbers = id.split { !$0.isNumber }.compactMap { Int64($0) }
        guard numbers.count >= 2 else { return (0, -1) }
        return (Int32(numbers[0]), numbers[1])
    }

    func begin(_ partitions: [TaskPartition], committing positions: [TaskCommit]) throws(TaskLogError) {
        guard lives("begin"), !fails(20), isHeld(positions) else { throw TaskLogError("begin") }
        world.store(positions)
        for partition in partitions where held.contains(partition.partition) {
            self.positions[partition.partition] = world.committed[partition.partition]?.offset ?? 0
        }
        paused = []
    }

    func publish(_ results: [ResultRecord]) -> Int {
        guard lives("publish") else { return 0 }
        let count = fails(20) ? Int.random(in: 0...results.count, using: &world.dice) : results.count
        for record in results.prefix(count) {
            let isUndelivered = fails(5)
            flights.append((record, !isUndelivered || world.chance(50), isUndelivered ? .undelivered : .delivered))
        }
        return lives("published") ? count : 0
    }

    func commit(_ positions: [TaskCommit]) {
        guard lives("commit") else { return }
        let isKept = !fails(20) && isHeld(positions)
        if isKept { world.store(positions) }
        events.append(.committed(isKept && !fails(10)))
    }

    func commitNow(_ positions: [TaskCommit]) throws(TaskLogError) {
        guard lives("commit now"), !fails(20), isHeld(positions) else { throw TaskLogError("commit now") }
        world.store(positions)
    }

    func release(committing positions: [TaskCommit]) throws(TaskLogError) {
        guard lives("release") else { throw TaskLogError("dead") }
        let isKept = !fails(20) && isHeld(positions)
        if isKept { world.store(positions) }
        (held, self.positions, isAskedBack) = ([], [:], false)
        world.giveOut()
        if !isKept { throw TaskLogError("release") }
        world.note("released in order")
    }

    func pause(_ partitions: [TaskPartition]) {
        paused.formUnion(partitions.map(\.partition))
        world.note("paused")
    }

    func resume(_ partitions: [TaskPartition]) { paused.subtract(partitions.map(\.partition)) }
    func name(ofTopic topic: Int) -> String { "queue" }
    func close(committing positions: [TaskCommit], within wait: Int64) {}

    // MARK: handlers, signals, witness

    func start(_ id: Int, _ handler: any Handler, _ input: HandlerInput) { runs.append(id) }
    func cancel(_ id: Int) {}

    func collect(into completions: inout [HandlerCompletion]) {
        let all = runs
        runs = []
        for id in all {
            guard isCalm || world.chance(8) else {
                runs.append(id)
                continue
            }
            completions.append(HandlerCompletion(id: id, outcome: .succeeded(value("{}"))))
        }
    }

    func cancelled(among running: [[UInt8]]) -> [CancelMark] { [] }
    func paused(among running: [[UInt8]]) -> [[UInt8]] { [] }

    func started(runID: Bytes, taskID: Bytes, attempt: Int) {
        world.executions[String(decoding: taskID, as: UTF8.self), default: 0] += 1
    }
}
