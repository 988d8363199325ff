import Workflow

/// What goes wrong while it may.
extension SimWorld {
    func fault() {
        switch dice.below(100) {
        case ..<38: restartOne()
        case ..<44: if mayDie, plan.killPermille > 0 { dice.pick(orchestrators).kill() }
        case ..<49: if plan.deaths > 0 { dice.pick(orchestrators).stop() }
        case ..<54: restBetweenSteps()
        case ..<60: wakeOne()
        case ..<66: log.isAway = !log.isAway && dice.chance(300)
        case ..<72: store.isAway = !store.isAway && dice.chance(300)
        case ..<76: mirror.isAway = !mirror.isAway && dice.chance(300)
        case ..<79:
            mirror.flush()
            count("mirror flushed")
        case ..<84: jumpClock()
        case ..<87: endRetryWorker()
        case ..<90: endExecutor()
        case ..<92: if plan.forgetsRuns { forgetRuns() }
        case ..<94: if plan.hasFallback { fallBack() }
        case ..<96: if plan.losesRecords { loseRecords() }
        case ..<97: if plan.recreatesTopics { recreate() }
        default: retain()
        }
    }

    private func restartOne() {
        if let process = orchestrators.first(where: { !$0.isAlive }) { return process.start() }
        if let executor = executors.first(where: { !$0.isAlive }) { return executor.start() }
        retries.first(where: { !$0.isAlive })?.start()
    }

    private func endRetryWorker() {
        guard mayDie, let worker = retries.first(where: \.canStep) else { return }
        if dice.chance(500) { worker.stop() } else { worker.kill() }
    }

    /// I11: memory may be gone at any moment between turns.
    private func forgetRuns() {
        let able = orchestrators.filter(\.canStep)
        guard !able.isEmpty else { return }
        count("memory dropped")
        dice.pick(able).forgetRuns()
    }

    /// The newest records of a partition are gone, as after an election of a broker that was behind: only those nobody
    /// has read yet, and none that somebody is to account for.
    private func loseRecords() {
        let topic = dice.pick([log.taskQueue, log.taskQueue, log.taskDone, log.taskFailed])
        let number = dice.below(topic.partitions.count)
        let partition = topic.partitions[number]
        let read = topic.name == "task_queue" ? tasksRead(Int32(number)) : resultsRead(topic, Int32(number))
        let isCounted = { (record: SimRecord) in
            self.traffic.garbage.contains("dl/\(topic.name)/\(number)/\(record.offset)")
        }
        var first = partition.end
        while first > max(read, partition.base), let record = partition[first - 1], !isCounted(record) { first -= 1 }
        guard first < partition.end else { return }
        let end = first + Int64(dice.below(Int(partition.end - first)))
        count("records lost by Kafka")
        note("\(topic.name)/\(number) loses everything from \(end) on")
        partition.truncate(to: end)
    }

    private func tasksRead(_ partition: Int32) -> Int64 {
        let positions = executors.compactMap { $0.position(in: partition) }
        return max(positions.max() ?? 0, log.tasks.committed[partition]?.offset ?? 0)
    }

    private func resultsRead(_ topic: SimTopic, _ lane: Int32) -> Int64 {
        let input: InputTopic = topic.name == "task_done" ? .taskDone : .taskFailed
        let positions = orchestrators.compactMap { $0.position(of: input, lane: lane) }
        return max(positions.max() ?? 0, store.tables.checkpoints[lane]?.position[input] ?? 0)
    }

    /// A result topic is deleted and made anew: what it held is gone, and offsets begin again.
    private func recreate() {
        guard !plan.hasFallback else { return }
        let topic = dice.pick([log.taskDone, log.taskFailed])
        count("topic made anew")
        note("\(topic.name) is made anew")
        for partition in topic.partitions { partition.recreate() }
    }

    private func endExecutor() {
        guard mayDie, let executor = executors.first(where: \.canStep) else { return }
        if dice.chance(500) { executor.stop() } else { executor.me?.die(at: "rest") }
    }

    private func restBetweenSteps() {
        guard plan.pausePermille > 0, depth == 0, let process = dice.pick(orchestrators).me, !process.isPaused else {
            return
        }
        note("\(process.name) stops between two steps")
        process.pause(until: .max)
    }

    private func wakeOne() {
        guard let process = orchestrators.compactMap(\.me).first(where: { $0.pausedUntil == .max }) else { return }
        process.wake()
        count("woken between two steps")
    }

    private func jumpClock() {
        // A failure without attempt is ignored before its time: promised only while clocks keep their pace.
        guard !plan.hasSmallestForm, !plan.needsLooks else { return }
        if dice.chance(500) {
            // Forwards mostly; backwards by less.
            store.clockOffset += Microseconds(dice.below(20_000_000)) - (dice.chance(300) ? 8_000_000 : 0)
            count("Postgres' clock jumped")
        } else if let process = dice.pick(orchestrators).me {
            process.clockOffset += Microseconds(dice.below(20_000_000))
        }
    }

    private func fallBack() {
        if store.backup == nil || dice.chance(300) { return store.backUp() }
        guard !store.hasFallenBack, depth == 0 else { return }
        count("store fell back")
        note("the store falls back")
        store.fallBack()
    }

    /// Retention removes the front of a partition: mostly what was decided, in some seeds what was not.
    private func retain() {
        let topic = dice.pick(InputTopic.allCases)
        let lane = dice.below(plan.lanes)
        let partition = log.topic(topic).partitions[lane]
        guard let checkpoint = store.tables.checkpoints[Int32(lane)], !plan.hasFallback else { return }
        let done = checkpoint.position[topic]
        guard plan.hasGap, dice.chance(500), partition.end > done else { return partition.cut(below: done) }
        let cut = done + 1 + Int64(dice.below(Int(partition.end - done)))
        note("retention removes \(topic) of lane \(lane) below \(cut), \(done) was decided")
        for record in partition.records where record.offset >= done && record.offset < cut { check.removed(record) }
        partition.cut(below: cut)
    }
}
