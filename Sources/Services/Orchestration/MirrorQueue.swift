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
            guard let run = runs.read(id), let lane = lanes[run.row.lane] else { continue }
            if turn.ended[id] != nil {
                changed[id] = nil
                endings.append(run.mirrorEntry(epoch: lane.epoch, batch: lane.batch))
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
        for (id, version) in changed {
            guard let run = runs.read(id) else { continue }
            endings.append(run.mirrorEntry(epoch: version.epoch, batch: version.batch))
        }
        changed.removeAll(keepingCapacity: true)
        return endings
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
        for (index, slot) in slots.enumerated() {
            writer.key(bytes: flow.tasks[index].id.bytes[...])
            writer.beginObject()
            writer.member("status", string: slot.status.rawValue)
            writer.member("attempt", int: Int(slot.attempt))
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
