import Platform
import Workflow

/// One life of one process: what its ports share. Once dead, nothing of it reaches the log, the store or the mirror.
final class Incarnation {
    unowned let world: SimWorld
    let name: String
    private(set) var isDead = false
    /// Stopped (SIGSTOP) until then; set while another process may run inside one of its calls, too.
    var pausedUntil: Microseconds?
    private(set) var silentSince: Microseconds?
    /// Its own monotonic clock differs from the world's by this.
    var clockOffset: Microseconds
    /// In the middle of a step.
    var isInside = false
    /// Messages that were handed to the network when it died.
    var onDeath: [() -> Void] = []

    init(_ world: SimWorld, _ name: String) {
        self.world = world
        self.name = name
        clockOffset = Microseconds(world.dice.below(1_000_000_000))
    }

    var isPaused: Bool { pausedUntil != nil }

    /// A call from inside the process to the outside: here it may die or stop for a while. False when it is dead.
    func passes(_ point: String) -> Bool {
        guard !isDead, world.violation == nil else { return false }
        guard world.isFaulty else { return true }
        if world.mayDie, world.dice.chance(world.plan.killPermille) { die(at: point) }
        if !isDead, world.dice.chance(world.plan.pausePermille) { world.pauseInside(self, at: point) }
        return !isDead
    }

    func die(at point: String) {
        guard !isDead else { return }
        isDead = true
        world.deaths += 1
        silentSince = silentSince ?? world.now
        world.count("killed: \(point)")
        world.note("\(name) dies at \(point)")
        for action in onDeath { action() }
        onDeath = []
    }

    func pause(until time: Microseconds) {
        pausedUntil = time
        silentSince = silentSince ?? world.now
    }

    func wake() {
        pausedUntil = nil
        if !isDead { silentSince = nil }
    }
}

/// A process's own clock: never goes back, may jump ahead.
final class SimClock: LaneClock {
    private let me: Incarnation
    init(_ me: Incarnation) { self.me = me }
    var monotonic: Microseconds { me.world.now - SimWorld.start + me.clockOffset }
}

/// A process of the fleet through all its lives.
protocol SimLiving: AnyObject {
    /// The present life; nil between two.
    var me: Incarnation? { get }
}

extension SimLiving {
    var isAlive: Bool { me.map { !$0.isDead } ?? false }
    var canStep: Bool { me.map { !$0.isInside && !$0.isPaused && !$0.isDead } ?? false }
}
