import JSON
import Orchestration
import Platform
import Workflow

/// One orchestrator of the fleet: production code on model ports, through all its lives.
final class OrchestratorProcess: SimLiving {
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

    func start() {
        lives += 1
        let me = Incarnation(world, "\(name).\(lives)")
        let log = SimLaneLog(me, world.log)
        let store = SimLaneStore(me, world.store)
        store.log = log
        var tokens = 0
        orchestrator = Orchestrator(
            log: MutantLog.of(world.mutant, log), store: store,
            mirror: SimRunMirror(me), clock: SimClock(me), observer: SimObserver(me), settings: settings,
            newToken: {
                tokens += 1
                return "\(me.name)/\(tokens)"
            })
        (self.me, self.log) = (me, log)
        world.note("\(me.name) starts")
    }

    /// The most records of one turn.
    static let turnRecords = 8

    private var settings: OrchestratorConfiguration {
        var settings = OrchestratorConfiguration(flow: FlowSettings(), patterns: ErrorPatterns())
        settings.cacheBytes = world.plan.cacheBytes
        settings.rememberedEndings = world.plan.cacheBytes == 0 ? 0 : 3
        settings.announcements = .tasks
        settings.commandPatience = SimWorld.commandPatience
        settings.receive.records = Self.turnRecords
        settings.lossPatience = world.mutant == .lostWithoutReading ? 0 : SimWorld.lossPatience
        settings.followEvery = 1_000_000
        settings.noteLooksEvery = 2_000_000
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

    func position(of topic: InputTopic, lane: Int32) -> Int64? { log?.positions[lane]?[topic] }

    func forgetRuns() { orchestrator?.forgetRuns() }

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
        case .attemptLost(let suspect):
            world.note("\(me.name) judges an attempt: \(suspect.kind)")
            world.count("attempt lost: \(suspect.kind.rawValue)")
        case .lookFailed: world.count("look failed")
        case .laneGap(let gap):
            world.note("\(me.name) gap \(gap)")
            world.count("gap crossed")
        default: break
        }
    }
}
