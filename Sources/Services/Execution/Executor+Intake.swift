import Platform
import Workflow

/// Taking: room, events, records.
extension Executor {
    /// Room left for records. None left: the log is left alone for a while, then its partitions are paused.
    func receive(_ now: StepTime) {
        let room = waitingBytes >= limits.waitingBytes ? 0 : max(0, limits.waitingRecords - waitingCount)
        adjustPauses(hasRoom: room > 0, now)
        outside.log.receive(into: &intake, limit: min(room, limits.receiveRecords), wait: waitTime(now))
    }

    private func adjustPauses(hasRoom: Bool, _ now: StepTime) {
        guard state == .running else { return }
        if hasRoom { fullSince = nil } else if fullSince == nil { fullSince = now.steady }
        let isFull = fullSince.map { now.steady - $0 >= limits.pauseAfter } ?? false
        let isFree = waitingCount <= limits.waitingRecords / 2 && waitingBytes <= limits.waitingBytes / 2
        var pausing: [TaskPartition] = []
        var resuming: [TaskPartition] = []
        for index in partitions.indices where partitions[index].phase == .open {
            let isBlocked = partitions[index].waiting.count >= limits.blockedRecords && !partitions[index].isAdmitting
            if !partitions[index].isPaused, isFull || isBlocked {
                partitions[index].isPaused = true
                pausing.append(partitions[index].partition)
            } else if partitions[index].isPaused, isFree, !isBlocked,
                partitions[index].waiting.count < limits.blockedRecords
            {
                partitions[index].isPaused = false
                resuming.append(partitions[index].partition)
            }
        }
        if !pausing.isEmpty { outside.log.pause(pausing) }
        if !resuming.isEmpty { outside.log.resume(resuming) }
        counts.pauses += pausing.count
    }

    func pauseAll() {
        var pausing: [TaskPartition] = []
        for index in partitions.indices where partitions[index].phase == .open && !partitions[index].isPaused {
            partitions[index].isPaused = true
            pausing.append(partitions[index].partition)
        }
        if !pausing.isEmpty { outside.log.pause(pausing) }
    }

    func handle(_ event: TaskLogEvent, _ now: StepTime) {
        switch event {
        case .assigned(let assignments): assign(assignments, now)
        case .revoking(let gone): drain(gone, now)
        case .lost(let gone):
            unassignedSince = now.steady
            for partition in gone { remove(partition) }
        case .reported(let token, let delivery): report(token, delivery, now)
        case .committed(let succeeded): commitEnded(succeeded)
        case .reachable:
            isReachable = true
            outside.journal.info("Kafka answers.")
        case .unreachable(let why):
            isReachable = false
            outside.journal.warning("Kafka is in trouble; tasks wait.", [.dependency("kafka"), .error(why)])
        }
    }

    /// Puts a record in its partition's line. One of a partition that is not ours any more is left to its new owner.
    func keep(_ record: TaskLogRecord) {
        guard state == .running, let index = places[record.partition], partitions[index].phase == .open else { return }
        KillPoint.taskReceived.pass()
        counts.received += 1
        remember(record)
        partitions[index].waiting.append(record)
    }

    func dropWaiting() {
        for index in partitions.indices { dropWaiting(of: index) }
    }

    func dropWaiting(of index: Int) {
        while let record = partitions[index].waiting.popFirst() { forget(record) }
    }

    /// The next record of a line.
    func take(_ index: Int) -> TaskLogRecord? {
        guard let record = partitions[index].waiting.popFirst() else { return nil }
        forget(record)
        return record
    }

    func remember(_ record: TaskLogRecord) {
        waitingCount += 1
        waitingBytes += record.value?.count ?? 0
    }

    func forget(_ record: TaskLogRecord) {
        waitingCount -= 1
        waitingBytes -= record.value?.count ?? 0
    }
}
