import JSON
import Workflow

/// Redis on the model: newer states replace older ones; it may be away, and may forget everything.
final class SimMirror {
    private(set) var entries: [Identifier: MirrorEntry] = [:]
    /// The newest version of each run that was ever taken: after a flush an older one may come in its place.
    private(set) var newest: [Identifier: (Int64, Int64)] = [:]
    var isAway = false
    private unowned let world: SimWorld

    init(_ world: SimWorld) { self.world = world }

    func write(_ entry: MirrorEntry) {
        world.note(
            "mirror: \(entry.runID) \(JSONValue(trusted: entry.json).name("status")) at \(entry.epoch)/\(entry.batch)")
        guard !isAway else { return world.count("mirror write dropped") }
        if let old = entries[entry.runID] {
            let isOlder = (entry.epoch, entry.batch) < (old.epoch, old.batch)
            if isOlder { world.count("older mirror entry met") }
            if isOlder, world.mutant != .mirrorWithoutVersion { return }
            world.check.mirrorReplaced(old, by: entry)
        }
        entries[entry.runID] = entry
        let version = (entry.epoch, entry.batch)
        if version > newest[entry.runID] ?? (0, 0) { newest[entry.runID] = version }
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
