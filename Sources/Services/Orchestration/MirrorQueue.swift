import JSON
import Platform
import Workflow

/// Which runs' states are to be shown in Redis, and when: at most one write per run and interval, endings always.
struct MirrorQueue {
    private var endings: [MirrorEntry] = []
    /// Changed runs, with the lane's batch that changed them last.
    private var changed: [Identifier: (epoch: Int64, batch: Int64)] = [:]
    private var lastWrite: Microseconds = 0
    private let limit = 20_000

    /// Takes in what a committed turn touched.
    mutating func note(_ turn: Turn, runs: RunCache, lanes: [Int32: Lane]) {
        for id in turn.touched {
            guard let home = runs.with(id, { $0.row.lane }), let lane = lanes[home] else { continue }
            if turn.ended[id] != nil {
                changed[id] = nil
                show(id, runs, (lane.epoch, lane.batch))
            } else if changed.count < limit {
                changed[id] = (lane.epoch, lane.batch)
            }
        }
    }

    /// What is to be written now.
    mutating func take(_ runs: RunCache, now: Microseconds, every interval: Microseconds) -> [MirrorEntry] {
        defer { endings.removeAll(keepingCapacity: true) }
        guard now - lastWrite >= interval, !changed.isEmpty else { return endings }
        lastWrite = now
        for (id, version) in changed { show(id, runs, version) }
        changed.removeAll(keepingCapacity: true)
        return endings
    }

    private mutating func show(_ id: Identifier, _ runs: RunCache, _ version: (epoch: Int64, batch: Int64)) {
        let entry = runs.with(id) { $0.mirrorEntry(epoch: version.epoch, batch: version.batch) }
        if let entry { endings.append(entry) }
    }

    mutating func removeAll() {
        endings.removeAll()
        changed.removeAll()
    }
}

extension Orchestrator {
    func writeMirror() {
        let entries = mirrorQueue.take(runs, now: clock.monotonic, every: settings.mirrorEvery)
        guard !entries.isEmpty else { return }
        observer.passed(.mirroring)
        mirror.write(entries)
    }
}

extension RunMachine {
    func mirrorEntry(epoch: Int64, batch: Int64) -> MirrorEntry {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("run_id", string: runID.bytes[...])
        writer.member("flow_id", string: row.flowID.bytes[...])
        writer.member("status", string: status.rawValue)
        writer.key("tasks")
        writer.beginObject()
        for index in slots.indices {
            writer.key(bytes: flow.tasks[index].id.bytes)
            writer.beginObject()
            writer.member("status", string: slots[index].status.rawValue)
            writer.member("attempt", int: Int(slots[index].attempt))
            writer.endObject()
        }
        writer.endObject()
        writer.member("degraded", bool: row.state.degraded)
        writer.memberIfPresent("error", string: row.state.error)
        writer.key("updated_at")
        writer.string(Timestamp.text(row.state.updatedAt))
        writer.member("epoch", int: Int(epoch))
        writer.member("batch", int: Int(batch))
        writer.endObject()
        return MirrorEntry(
            runID: runID, epoch: epoch, batch: batch, json: writer.bytes[...], isCancelled: status == .cancelled)
    }
}
