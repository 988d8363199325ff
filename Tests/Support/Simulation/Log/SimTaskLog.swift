import JSON
import Workflow

/// One executor's Kafka client on the model.
final class SimTaskLog: TaskLog {
    let me: Incarnation
    private let log: SimLog
    private let member: SimGroup.Member
    /// Where its consumer stands, for partitions that were begun.
    private(set) var positions: [Int32: Int64] = [:]
    private var paused: Set<Int32> = []
    private var flying: [ResultRecord] = []
    private var answers: [Bool] = []
    private var world: SimWorld { me.world }

    init(_ me: Incarnation, _ log: SimLog) {
        self.me = me
        self.log = log
        member = SimGroup.Member(me)
        log.tasks.join(member)
        me.onDeath.append { [weak self] in self?.scatter() }
    }

    func receive(into intake: inout TaskIntake, limit: Int, wait: Int64) {
        world.now += 100
        guard me.passes("executor receive") else { return }
        intake.events.append(log.isAway ? .unreachable("away") : .reachable)
        guard !log.isAway else { return }
        hearNews(&intake)
        intake.events += answers.map { .committed($0) }
        answers = []
        report(&intake)
        fetch(&intake, min(limit, world.dice.below(6)))
    }

    private func hearNews(_ intake: inout TaskIntake) {
        switch log.tasks.poll(member) {
        case .nothing: break
        case .revoking(let partitions):
            intake.events.append(.revoking(partitions.map(Self.partition)))
            positions = [:]
        case .lost(let partitions):
            intake.events.append(.lost(partitions.map(Self.partition)))
            positions = [:]
        case .assigned(let partitions):
            paused = []
            intake.events.append(
                .assigned(
                    partitions.map { number in
                        let committed = log.tasks.committed[number]
                        return TaskAssignment(
                            partition: Self.partition(number), offset: committed?.offset, metadata: committed?.metadata,
                            end: log.taskQueue.partitions[Int(number)].end)
                    }))
        }
    }

    private static func partition(_ number: Int32) -> TaskPartition { TaskPartition(topic: 0, partition: number) }

    /// Delivery reports: some at once, some later, some that say no although the result is there.
    private func report(_ intake: inout TaskIntake) {
        let isSlow = world.isFaulty && world.dice.chance(200)
        let count = isSlow ? world.dice.below(flying.count + 1) : flying.count
        for _ in 0..<count where !flying.isEmpty {
            let result = flying.removeFirst()
            if world.isFaulty, world.dice.chance(world.plan.sendFailurePermille / 2) {
                world.count("result undelivered")
                scatter(result)
                intake.events.append(.reported(token: result.token, .undelivered))
            } else {
                put(result)
                intake.events.append(.reported(token: result.token, .delivered))
            }
        }
    }

    private func fetch(_ intake: inout TaskIntake, _ limit: Int) {
        let able = positions.keys.sorted().filter { !paused.contains($0) }
        for number in world.dice.shuffled(able) {
            for _ in 0..<world.dice.from(0...4) where intake.records.count < limit {
                guard let next = positions[number], let record = log.taskQueue.partitions[Int(number)][next] else {
                    break
                }
                intake.records.append(
                    TaskLogRecord(partition: Self.partition(number), offset: next, value: record.value))
                positions[number] = next + 1
            }
        }
    }

    func begin(_ partitions: [TaskPartition], committing commits: [TaskCommit]) throws(TaskLogError) {
        guard me.passes("executor begin"), !log.isAway, keep(commits) else { throw TaskLogError("cannot commit") }
        for partition in partitions {
            positions[partition.partition] = log.tasks.committed[partition.partition]?.offset ?? 0
        }
    }

    /// False when the group does not take it: the member is out of it, or the partitions are somebody else's.
    private func keep(_ commits: [TaskCommit]) -> Bool {
        if world.isFaulty, world.dice.chance(world.plan.storeFailurePermille) { return false }
        guard log.tasks.contains(member), commits.allSatisfy({ log.tasks.accepts(member, $0.partition.partition) })
        else { return false }
        for commit in commits {
            let number = commit.partition.partition
            let isPast = world.mutant == .executorCommitsPast
            let offset = isPast ? max(commit.offset, positions[number] ?? 0) : commit.offset
            log.tasks.committed[number] = SimGroup.Committed(offset: offset, metadata: commit.metadata[...])
            world.check.executorCommitted(number, offset, commit.metadata)
        }
        return true
    }

    func publish(_ results: [ResultRecord]) -> Int {
        guard me.passes("executor publish"), !log.isAway else { return 0 }
        let count = world.isFaulty && world.dice.chance(100) ? world.dice.below(results.count + 1) : results.count
        flying += results.prefix(count)
        return count
    }

    private func put(_ result: ResultRecord) {
        let topic =
            switch result.topic {
            case .done: log.taskDone
            case .failed: log.taskFailed
            case .deadLetters: log.deadLetters
            }
        let lane = Int(result.lane ?? 0) % topic.partitions.count
        log.append(topic, lane, SimRecord(key: result.key, value: result.value[...], time: world.now))
    }

    private func scatter(_ result: ResultRecord) {
        switch world.dice.below(3) {
        case 0 where !log.isAway: put(result)
        case 1:
            world.later { [weak self] in self?.put(result) }
        default: break
        }
    }

    private func scatter() {
        for result in flying { scatter(result) }
        flying = []
    }

    func commit(_ commits: [TaskCommit]) {
        guard me.passes("executor commit") else { return }
        answers.append(!log.isAway && keep(commits))
    }

    func commitNow(_ commits: [TaskCommit]) throws(TaskLogError) {
        if world.mutant == .namesNotCommitted { return }
        guard me.passes("executor commit now"), !log.isAway, keep(commits) else { throw TaskLogError("cannot commit") }
    }

    func release(committing commits: [TaskCommit]) throws(TaskLogError) {
        guard me.passes("executor release") else { throw TaskLogError("dead") }
        let isKept = !log.isAway && keep(commits)
        log.tasks.released(member)
        if !isKept { throw TaskLogError("cannot commit") }
    }

    func pause(_ partitions: [TaskPartition]) { paused.formUnion(partitions.map(\.partition)) }
    func resume(_ partitions: [TaskPartition]) { paused.subtract(partitions.map(\.partition)) }
    func name(ofTopic topic: Int) -> String { log.taskQueue.name }

    func close(committing commits: [TaskCommit], within wait: Int64) {
        guard me.passes("executor close"), !log.isAway else { return }
        for result in flying { put(result) }
        flying = []
        _ = keep(commits)
        log.tasks.leave(member)
    }
}
