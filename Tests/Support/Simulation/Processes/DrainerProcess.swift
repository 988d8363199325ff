import DeadLetters
import Platform
import Workflow

/// One drainer of the fleet: production code on model ports, its two loops in turns, through all its lives.
final class DrainerProcess: SimLiving {
    let name: String
    private unowned let world: SimWorld
    private var lives = 0
    private(set) var me: Incarnation?
    private var drainer: Drainer?
    private var runner: CampaignRunner?

    init(_ world: SimWorld, _ name: String) {
        self.world = world
        self.name = name
    }

    func start() {
        lives += 1
        let me = Incarnation(world, "\(name).\(lives)")
        let metrics = DrainerMetrics(MetricsRegistry())
        drainer = Drainer(
            .init(
                log: SimLetterLog(me, world.log), store: SimLetterStore(me, world.store), time: world.time,
                metrics: metrics, health: Health(name, needs: []), journal: .silent), topic: "dead_letter_queue")
        runner = CampaignRunner(
            .init(
                store: SimCampaignStore(me, world.store), sender: SimCampaignSender(me, world.log), time: world.time,
                metrics: metrics, journal: .silent), leader: me.name)
        self.me = me
    }

    func stepDrainer() { inside { drainer?.step() } }

    func stepCampaigns() {
        inside {
            // A store that is away is asked again by the next step.
            _ = try? runner?.step()
        }
    }

    private func inside(_ body: () -> Void) {
        guard let me, canStep else { return }
        me.isInside = true
        body()
        me.isInside = false
        if me.isDead { forget() }
    }

    func kill() {
        guard let me, !me.isInside else { return }
        me.die(at: "rest")
        forget()
    }

    /// SIGTERM: the place in the group is given up at once.
    func stop() {
        guard canStep else { return }
        world.count("drainer stopped cleanly")
        inside { drainer?.close(within: 0) }
        kill()
    }

    private func forget() { (me, drainer, runner) = (nil, nil, nil) }
}
