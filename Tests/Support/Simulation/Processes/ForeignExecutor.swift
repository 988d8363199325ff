import JSON
import Workflow

/// An executor written by somebody else, with nothing but a Kafka client: takes a task, answers, commits. At least
/// once.
final class ForeignExecutor: SimExecuting {
    let name: String
    unowned let world: SimWorld
    private var lives = 0
    private(set) var me: Incarnation?
    private var member: SimGroup.Member?
    private var positions: [Int32: Int64] = [:]
    private var uncommitted: [Int32: Int64] = [:]
    /// Tasks it runs for long: the lane was told, and their offsets count as finished.
    var held: [Held] = []

    init(_ world: SimWorld, _ name: String) {
        self.world = world
        self.name = name
    }

    func start() {
        lives += 1
        let me = Incarnation(world, "\(name).\(lives)")
        let member = SimGroup.Member(me)
        (self.me, self.member, positions, uncommitted, held) = (me, member, [:], [:], [])
        world.log.tasks.join(member)
    }

    func step() {
        guard let me, let member, canStep, !world.log.isAway else { return }
        me.isInside = true
        hearNews(member)
        take(me)
        if !me.isDead { tend(me) }
        if world.dice.chance(300), me.passes("executor commit") { commit(member) }
        me.isInside = false
        if me.isDead { (self.me, self.member) = (nil, nil) }
    }

    func position(in partition: Int32) -> Int64? { positions[partition] }

    /// It knows no better way than to leave.
    func stop() { if canStep { me?.die(at: "foreign stop") } }

    private func hearNews(_ member: SimGroup.Member) {
        switch world.log.tasks.poll(member) {
        case .nothing: break
        case .revoking:
            commit(member)
            positions = [:]
            world.log.tasks.released(member)
        case .lost: positions = [:]
        case .assigned(let partitions):
            for partition in partitions { positions[partition] = world.log.tasks.committed[partition]?.offset ?? 0 }
        }
    }

    private func commit(_ member: SimGroup.Member) {
        for (partition, offset) in uncommitted where world.log.tasks.accepts(member, partition) {
            world.log.tasks.committed[partition] = SimGroup.Committed(offset: offset, metadata: [])
            world.check.foreignCommitted(partition, offset)
        }
        uncommitted = [:]
    }

    private func take(_ me: Incarnation) {
        for _ in 0..<world.dice.from(1...3) {
            let ready = positions.keys.sorted().filter { positions[$0, default: 0] < end($0) }
            guard !ready.isEmpty, me.passes("executor received") else { return }
            let partition = world.dice.pick(ready)
            let offset = positions[partition, default: 0]
            guard let value = world.log.taskQueue.partitions[Int(partition)][offset]?.value else { return }
            if world.plan.commitsEarly, world.dice.chance(500) { commitEarly(partition, offset) }
            guard me.passes("executor committed early") else { return }
            if world.plan.holdsTasks, world.isFaulty, world.dice.chance(300) { hold(value, me) } else { answer(value) }
            guard me.passes("executor published") else { return }
            positions[partition] = offset + 1
            uncommitted[partition] = offset + 1
        }
    }

    /// Before the answer: whoever dies now has lost the task, as far as Kafka can tell.
    private func commitEarly(_ partition: Int32, _ offset: Int64) {
        guard let me, let member, world.log.tasks.accepts(member, partition) else { return }
        world.count("committed before the answer")
        uncommitted[partition] = offset + 1
        commit(member)
        if world.isFaulty, world.mayDie, world.dice.chance(300) {
            world.count("died between commit and answer")
            me.die(at: "committed early")
        }
    }

    private func end(_ partition: Int32) -> Int64 { world.log.taskQueue.partitions[Int(partition)].end }

    func answer(_ value: Bytes) {
        let task = JSONValue(trusted: value)
        let reply = Reply(
            world.script, runID: task.name("run_id"), taskID: task.name("task_id"),
            attempt: task.member("attempt")?.int ?? 0, number: world.executionCounter.next(),
            inputs: task.member("inputs"))
        let lane = world.dice.chance(50) ? world.dice.below(world.plan.lanes) : task.member("lane")?.int ?? 0
        let isSmall = world.plan.hasSmallestForm && world.dice.chance(500)
        if isSmall { world.traffic.disturbed.insert(reply.runID) }
        for _ in 0..<(world.dice.chance(100) ? 2 : 1) {
            let topic = reply.isSuccess ? world.log.taskDone : world.log.taskFailed
            world.log.append(topic, lane, SimRecord(value: reply.value(isSmall: isSmall), time: world.now))
        }
    }
}

/// What an executor answers for one attempt; each execution has an output of its own.
struct Reply {
    let runID, taskID: String
    let attempt: Int
    let outcome: Script.Outcome
    let output: String

    /// - `inputs`: what it was given, of which its output says enough to tell it from anything else.
    init(_ script: Script, runID: String, taskID: String, attempt: Int, number: Int, inputs: JSONValue?) {
        (self.runID, self.taskID, self.attempt) = (runID, taskID, attempt)
        outcome = script.outcome(run: runID, task: taskID, attempt: attempt)
        let poison = outcome == .poison ? ",\"x\":\"\(String(decoding: Tables.poison, as: UTF8.self))\"" : ""
        let given = Checks.trace(of: inputs)
        output =
            "{\"by\":\(number).0, \"task\":\"\(taskID)\",\"by\":\(number)e0,\"given\":\"\(given)\"\(poison)}"
    }

    var isSuccess: Bool { outcome == .succeed || outcome == .degrade || outcome == .poison }
    var isTransient: Bool { outcome == .failTransient }
    var error: String { isTransient ? "connection refused" : "validation: no" }

    func value(isSmall: Bool) -> Bytes {
        let ids = "\"run_id\":\"\(runID)\",\"task_id\":\"\(taskID)\""
        let attempt = isSmall ? "" : ",\"attempt\":\(attempt)"
        guard isSuccess else { return Bytes("{\(ids)\(attempt),\"error\":\"\(error)\"}") }
        let status = outcome == .degrade ? ",\"status\":\"degraded\"" : ""
        return Bytes("{\(ids)\(attempt)\(status),\"output\":\(output)}")
    }
}
