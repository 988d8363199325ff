import Workflow

/// The end of a simulation: nothing goes wrong any more, and everything has to come to an end.
extension SimWorld {
    private static let bound = 3_000

    func calmDown() {
        guard violation == nil else { return }
        isFaulty = false
        (log.isAway, store.isAway, mirror.isAway) = (false, false, false)
        note("--- calm ---")
        wakeAll()
        traffic.finish()
        settleAll("I9")
        if plan.drainers > 0, violation == nil {
            // What failed gets another chance, with nothing in its way.
            makeCampaign()
            settleAll("I9")
        }
        guard violation == nil else { return }
        check.atTheEnd()
        guard plan.replaysInputs, check.bereft.isEmpty, violation == nil else { return }
        check.expectNoChange {
            traffic.replay()
            settleAll("I13")
        }
    }

    private func wakeAll() {
        for process in orchestrators {
            process.me?.wake()
            if !process.isAlive { process.start() }
        }
        for worker in retries { worker.me?.wake() }
        for drainer in drainers { drainer.me?.wake() }
        for executor in executors { if !executor.isAlive { executor.start() } else { executor.me?.wake() } }
    }

    /// Steps everybody in turn until nothing is left to do; within a bound.
    private func settleAll(_ invariant: String) {
        for round in 0..<Self.bound {
            guard violation == nil else { return }
            for process in dice.shuffled(orchestrators) { process.step() }
            for executor in dice.shuffled(executors) { executor.step() }
            for executor in executors where !executor.isAlive { executor.start() }
            for process in orchestrators where !process.isAlive { process.start() }
            for worker in retries { if worker.isAlive { worker.step() } else { worker.start() } }
            for drainer in drainers {
                if !drainer.isAlive { drainer.start() }
                drainer.stepDrainer()
                drainer.stepCampaigns()
            }
            arriveLate()
            now += 400_000
            log.lanes.expire(now: now) { 0 }
            log.tasks.expire(now: now) { 0 }
            log.letters.expire(now: now) { 0 }
            if round % 200 == 20, traffic.isDone { traffic.resumeAll() }
            if round % 200 == 60 { settleCampaigns(round: round) }
            if round % 5 == 0, isSettled { return }
        }
        fail(invariant, "not settled after \(Self.bound) rounds: \(unsettled.joined(separator: "; "))")
    }

    private var isSettled: Bool { !hasLate && unsettled.isEmpty }

    /// What is still to be done, in words.
    private var unsettled: [String] {
        var words = check.unendedRuns.map { "run \($0) has not ended" }
        for lane in 0..<Int32(plan.lanes) {
            guard let row = store.tables.checkpoints[lane] else {
                words.append("lane \(lane) was never taken")
                continue
            }
            for topic in InputTopic.allCases where row.position[topic] != log.topic(topic).partitions[Int(lane)].end {
                words.append("lane \(lane) has not read \(topic) to its end")
            }
            if row.emitted != row.batch { words.append("lane \(lane) has not noted batch \(row.batch) as emitted") }
        }
        for (number, partition) in log.taskQueue.partitions.enumerated()
        where log.tasks.committed[Int32(number)]?.offset ?? 0 != partition.end {
            words.append("task partition \(number) is not committed to its end")
        }
        if !store.tables.retries.isEmpty { words.append("\(store.tables.retries.count) retry rows are left") }
        if !store.tables.outbox.isEmpty { words.append("\(store.tables.outbox.count) outbox rows are left") }
        if !store.tables.pending.isEmpty { words.append("\(store.tables.pending.count) commands wait") }
        return words + unsettledLetters
    }
}
