import Platform
import Retries
import Workflow

/// One retry worker of the fleet: production code on model ports, through all its lives.
final class RetryProcess: SimLiving {
    /// The most rows it claims at once.
    static let batch = 4
    let name: String
    private unowned let world: SimWorld
    private var lives = 0
    private(set) var me: Incarnation?
    private var worker: RetryWorker?

    init(_ world: SimWorld, _ name: String) {
        self.world = world
        self.name = name
    }

    func start() {
        lives += 1
        let me = Incarnation(world, "\(name).\(lives)")
        var limits = RetryLimits()
        limits.batch = Self.batch
        limits.rate = 50
        limits.overdue = 20_000_000
        var policy = BreakerPolicy()
        (policy.ratio, policy.minimum, policy.canaries, policy.growth) = (0.3, 1, 1, 2)
        (policy.window, policy.rest, policy.longestRest) = (20_000_000, 1_000_000, 4_000_000)
        policy.patience = 5_000_000
        worker = RetryWorker(
            store: SimRetryStore(me, world.store), log: SimRetryLog(me, world.log), clock: SimClock(me),
            observer: SimRetryObserver(me), limits: limits, policy: policy)
        self.me = me
    }

    func step() {
        guard let me, let worker, canStep else { return }
        me.isInside = true
        worker.step()
        me.isInside = false
        if worker.hasStopped, !me.isDead { me.die(at: "stop") }
        if me.isDead { (self.me, self.worker) = (nil, nil) }
    }

    func kill() {
        guard let me, !me.isInside else { return }
        me.die(at: "rest")
        (self.me, worker) = (nil, nil)
    }

    /// SIGTERM: brings what it claimed on its way in its next steps, and ends.
    func stop() {
        guard canStep else { return }
        world.count("retry worker stopped cleanly")
        worker?.stop()
    }
}

/// Listens to a retry worker: kill points, and which rare branches it came through.
final class SimRetryObserver: RetryObserver {
    private let me: Incarnation
    init(_ me: Incarnation) { self.me = me }

    func passed(_ point: KillPoint) { _ = me.passes("point \(point.rawValue)") }

    func noticed(_ event: RetryEvent) {
        switch event {
        case .claimed(let count, let takenOver):
            if takenOver > 0 { me.world.count("retry claim taken over") }
            me.world.note("\(me.name) claims \(count) retries")
        case .published: me.world.count("retry published")
        case .undelivered: me.world.count("retry undelivered")
        case .claimsLost: me.world.count("retry claim lost before it was published")
        default: break
        }
    }
}
