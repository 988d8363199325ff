import JSON
import Workflow

/// Redis on the model: newer states replace older ones; it may be away, and may forget everything.
final class SimMirror {
    private(set) var entries: [Identifier: MirrorEntry] = [:]
    var isAway = false
    private unowned let world: SimWorld

    init(_ world: SimWorld) { self.world = world }

    func write(_ entry: MirrorEntry) {
        guard !isAway else { return world.count("mirror write dropped") }
        if let old = entries[entry.runID] {
            let isOlder = (entry.epoch, entry.batch) < (old.epoch, old.batch)
            if isOlder { world.count("older mirror entry met") }
            if isOlder, world.mutant != .mirrorWithoutVersion { return }
            world.check.mirrorReplaced(old, by: entry)
        }
        entries[entry.runID] = entry
        world.check.mirrored(entry)
    }

    func flush() { entries = [:] }
}

/// One orchestrator's connection to it.
final class SimRunMirror: RunMirror {
    private let me: Incarnation
    init(_ me: Incarnation) { self.me = me }

    func collect() {}

    func write(_ entries: [MirrorEntry]) {
        for entry in entries {
            guard me.passes("mirror") else { return }
            me.world.mirror.write(entry)
        }
    }
}
