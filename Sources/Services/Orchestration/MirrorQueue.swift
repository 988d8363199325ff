import JSON
import Platform
import Workflow

/// Which runs' states are to be shown in Redis, and when: endings always, running ones once an interval, and no more
/// than a thousand of these a second: under load most have ended before anybody could look at them.
struct MirrorQueue {
    private var endings: [MirrorEntry] = []
    private var changed: [CachedRun] = []
    private var lastWrite: Microseconds = 0
    private let limit = 20_000

    /// Takes in what a committed turn touched.
    mutating func note(_ turn: Turn, lanes: [Int32: Lane]) {
        for run in turn.touched where run.isCached {
            if run.status.isFinal {
                run.isToShow = false
                show(run, lanes)
            } else if !run.isToShow, changed.count < limit {
                run.isToShow = true
                changed.append(run)
            }
        }
    }

    /// What is to be written now. Called when nothing is decided that is not committed.
    mutating func take(_ lanes: [Int32: Lane], now: Microseconds, every interval: Microseconds) -> [MirrorEntry] {
        defer { endings.removeAll(keepingCapacity: true) }
        guard !changed.isEmpty, now - lastWrite >= max(interval, Microseconds(changed.count) * 1_000) else {
            return endings
        }
        lastWrite = now
        for run in changed where run.isToShow && run.isCached {
            run.isToShow = false
            show(run, lanes)
        }
        changed.removeAll(keepingCapacity: true)
        return endings
    }

    private mutating func show(_ run: CachedRun, _ lanes: [Int32: Lane]) {
        guard let lane = lanes[run.lane] else { return }
        endings.append(run.mirrorEntry(epoch: lane.epoch, batch: lane.batch))
    }
}

extension Orchestrator {
    func writeMirror() {
        let entries = mirrorQueue.take(lanes, now: clock.monotonic, every: settings.mirrorEvery)
        guard !entries.isEmpty else { return }
        observer.passed(.mirroring)
        mirror.write(entries)
    }
}

extension CachedRun {
    /// Its state as of a batch of its lane.
    func mirrorEntry(epoch: Int64, batch: Int64) -> MirrorEntry {
        var writer = JSONWriter(reserving: 300 + machine.slots.count * 64)
        writer.beginObject()
        writer.member("run_id", string: id.bytes)
        writer.member("flow_id", string: machine.row.flowID.bytes)
        writer.member("status", string: status.rawValue)
        writer.key("tasks")
        writer.beginObject()
        for index in machine.slots.indices {
            writer.key(bytes: machine.flow.tasks[index].id.bytes)
            writer.beginObject()
            writer.member("status", string: machine.slots[index].status.rawValue)
            writer.member("attempt", int: Int(machine.slots[index].attempt))
            writer.endObject()
        }
        writer.endObject()
        writer.member("degraded", bool: machine.row.state.degraded)
        writer.memberIfPresent("error", string: machine.row.state.error)
        writer.member("updated_at", time: machine.row.state.updatedAt)
        writer.member("epoch", int: Int(epoch))
        writer.member("batch", int: Int(batch))
        writer.endObject()
        return MirrorEntry(
            runID: id, epoch: epoch, batch: batch, json: writer.bytes[...], cancelMark: machine.cancelMark)
    }
}
