import JSON
import Orchestration
import Platform
import Workflow

/// One orchestrator of the fleet: production code on model ports, through all its lives.
final class OrchestratorProcess {
    let name: String
    private unowned let world: SimWorld
    private var lives = 0
    private(set) var me: Incarnation?
    private(set) var orchestrator: Orchestrator?
    private var log: SimLaneLog?

    init(_ world: SimWorld, _ name: String) {
        self.world = world
        self.name = name
    }

    var isAlive: Bool { me != nil }
    var canStep: Bool { me.map { !$0.isInside && !$0.isPaused && !$0.isDead } ?? false }

    func start() {
        lives += 1
        let me = Incarnation(world, "\(name).\(lives)")
        let log = SimLaneLog(me, world.log)
        let store = SimLaneStore(me, world.store)
        store.log = log
        var tokens = 0
        orchestrator = Orchestrator(
            log: world.mutant == .staleAttempt ? AttemptForgettingLog(log) : log, store: store,
            mirror: SimRunMirror(me), clock: SimClock(me), observer: SimObserver(me), settings: settings,
            newToken: {
                tokens += 1
                return "\(me.name)/\(tokens)"
            })
        (self.me, self.log) = (me, log)
        world.note("\(me.name) starts")
    }

    private var settings: OrchestratorConfiguration {
        var settings = OrchestratorConfiguration(flow: FlowSettings(), patterns: ErrorPatterns())
        settings.cacheBytes = world.plan.cacheBytes
        settings.rememberedEndings = world.plan.cacheBytes == 0 ? 0 : 3
        settings.announcements = .tasks
        settings.commandPatience = SimWorld.commandPatience
        settings.receive.records = 8
        return settings
    }

    func step() {
        guard let me, let orchestrator, canStep else { return }
        me.isInside = true
        orchestrator.step()
        me.isInside = false
        if let sentence = orchestrator.fatal, !me.isDead { world.fail("I9", "\(me.name) ended itself: \(sentence)") }
        guard !me.isDead else { return bury() }
        world.check.remembered(orchestrator, by: me)
    }

    /// What a dead process leaves is gone; its membership lasts for a session.
    private func bury() {
        (me, orchestrator, log) = (nil, nil, nil)
    }

    func kill() {
        guard let me, !me.isInside else { return }
        me.die(at: "rest")
        bury()
    }

    /// SIGTERM: gives its lanes up and leaves the group.
    func stop() {
        guard let me, let orchestrator, let log, canStep else { return }
        me.isInside = true
        orchestrator.stop(within: 2_000_000)
        me.isInside = false
        log.leave()
        world.count("stopped cleanly")
        me.die(at: "stop")
        bury()
    }
}

/// Listens to an orchestrator: kill points, and which rare branches it came through.
final class SimObserver: OrchestratorObserver {
    private let me: Incarnation

    init(_ me: Incarnation) { self.me = me }

    func passed(_ point: KillPoint) {
        _ = me.passes("point \(point.rawValue)")
    }

    func noticed(_ event: OrchestratorEvent) {
        guard !me.isDead else { return }
        let world = me.world
        switch event {
        case .lanesTaken(let lanes): world.note("\(me.name) owns \(lanes)")
        case .lanesLost(let lanes): world.note("\(me.name) loses \(lanes)")
        case .turnCommitted(let records, let decision, _, _):
            world.note(
                "\(me.name) committed \(records) records: \(decision.tasks.count) tasks, "
                    + "\(decision.newRuns.count) runs, \(decision.work.count) messages")
        case .turnRefused(let why):
            world.note("\(me.name) refused: \(why)")
            world.count("turn " + why.prefix(12))
        case .ignored(let why):
            world.note("\(me.name) ignores: \(why)")
            world.count("ignored: " + why)
        case .quarantined: world.count("quarantined")
        case .forwarded: world.count("forwarded")
        case .laneGap(let gap):
            world.note("\(me.name) gap \(gap)")
            world.count("gap crossed")
        default: break
        }
    }
}

/// A mutant's view of the log: failures that do not say which attempt they are about.
final class AttemptForgettingLog: LaneLog {
    private let log: SimLaneLog
    init(_ log: SimLaneLog) { self.log = log }

    func receive(into inbox: inout [InputRecord], limits: ReceiveLimits, wait: Microseconds) -> LogSignals {
        let first = inbox.count
        let signals = log.receive(into: &inbox, limits: limits, wait: wait)
        for index in inbox.indices.dropFirst(first) where inbox[index].topic == .taskFailed {
            inbox[index].value = inbox[index].value.map { Bytes(Self.forget($0.asText)) }
        }
        return signals
    }

    private static func forget(_ text: String) -> String {
        text.replacing("\"attempt\":", with: "\"attempt_\":")
    }

    func assign(_ positions: [Int32: LanePosition]) throws(PortError) { try log.assign(positions) }
    func holdResults(of lanes: Set<Int32>) { log.holdResults(of: lanes) }
    func firstPosition(of lane: Int32) throws(PortError) -> LanePosition { try log.firstPosition(of: lane) }
    func extent(of topic: InputTopic, lane: Int32, since time: Microseconds) throws(PortError) -> LogExtent {
        try log.extent(of: topic, lane: lane, since: time)
    }
    func groupPosition(of lane: Int32) throws(PortError) -> GroupPosition { try log.groupPosition(of: lane) }
    func ends(of lane: Int32) throws(PortError) -> LanePosition { try log.ends(of: lane) }
    func taskProgress(of pool: Identifier) throws(PortError) -> [TaskProgress] { try log.taskProgress(of: pool) }
    func showPosition(_ positions: [Int32: LanePosition], installation: String) {
        log.showPosition(positions, installation: installation)
    }
    func send(_ batch: OutBatch) { log.send(batch) }
    func delivery(wait: Microseconds) -> Delivery { log.delivery(wait: wait) }
}
