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
        case ..<87: retries.die()
        case ..<90: endExecutor()
        case ..<95: if plan.hasFallback { fallBack() }
        default: retain()
        }
    }

    private func restartOne() {
        if let process = orchestrators.first(where: { !$0.isAlive }) { return process.start() }
        executors.first(where: { !$0.isAlive })?.start()
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
        guard !plan.hasSmallestForm else { return }
        if dice.chance(500) {
            store.clockOffset += Microseconds(dice.below(20_000_000))
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
