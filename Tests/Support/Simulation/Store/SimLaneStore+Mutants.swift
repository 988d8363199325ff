import JSON
import Workflow

/// Deliberate bugs that sit at the store.
extension SimLaneStore {
    /// What was received taken for what was decided.
    func movedAhead(_ fences: [LaneFence]) -> [LaneFence] {
        fences.map { fence in
            var fence = fence
            guard let position = log?.positions[fence.lane] else { return fence }
            for topic in InputTopic.allCases { fence.position[topic] = max(fence.position[topic], position[topic]) }
            return fence
        }
    }

    /// Between the reading of a parent and the commit of its child somebody redrives it, and it may even end again.
    func meetRedrive(of parent: Identifier, _ fences: [LaneFence]) {
        guard world.isFaulty, world.depth == 0, let lane = store.tables.runs[parent]?.lane,
            !fences.contains(where: { $0.lane == lane }), world.dice.chance(800)
        else { return }
        world.traffic.redrive(parent.description, on: Int(lane))
        world.isBrief = true
        world.pauseInside(me, at: "a stage retry", for: world.dice.from(3_000_000...9_000_000))
        world.isBrief = false
    }

    /// The states of a turn in the mirror before they are committed.
    func mirrorEarly(_ fences: [LaneFence], _ decision: Decision) {
        for fence in fences {
            let epoch = store.tables.checkpoints[fence.lane]?.epoch ?? 0
            for id in fence.touched {
                let json = JSONValue.emptyObject
                me.world.mirror.write(
                    MirrorEntry(runID: id, epoch: epoch, batch: fence.batch + 1, json: json, cancelMark: nil))
            }
        }
    }
}
