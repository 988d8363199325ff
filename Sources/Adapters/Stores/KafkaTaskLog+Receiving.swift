import Kafka
public import Workflow

/// Records, rebalances and positions.
extension KafkaTaskLog {
    public func receive(into intake: inout TaskIntake, limit: Int, wait: Int64) {
        connect()
        producer?.poll(timeoutMilliseconds: 0)
        if let fatal = producer?.fatalError { replaceProducer(fatal) }
        let isHeldBack = limit == 0 && !held.isSubset(of: paused)
        if isHeldBack {
            producer?.poll(timeoutMilliseconds: Int(min(wait, 2_000) / 1_000))
        } else {
            poll(into: &intake, limit: max(limit, 1), wait: events.isEmpty ? wait : 0)
        }
        noteTakenCommits()
        readCommits()
        probe()
        intake.events.append(contentsOf: events)
        events.removeAll(keepingCapacity: true)
    }

    private func poll(into intake: inout TaskIntake, limit: Int, wait: Int64) {
        guard let consumer else { return pauseThread(wait) }
        var timeout = Int((wait + 999) / 1_000)
        var bytes = 0
        defer { closePage(&intake) }
        while intake.records.count < limit, bytes < 8 << 20 {
            let outcome = consumer.poll(timeoutMilliseconds: timeout) { record in
                bytes += record.value?.count ?? 0
                take(record, into: &intake)
            }
            timeout = 0
            switch outcome {
            case .record: continue
            case .nothing: return
            case .event(let event): handle(event)
            }
            if self.consumer == nil || !events.isEmpty { return }
        }
    }

    /// A commit that was sent is none yet: only the broker's answer makes it one.
    private func noteTakenCommits() {
        let taken = consumer?.commitsTaken ?? 0
        if taken > commitsTaken { events.append(.committed(true)) }
        commitsTaken = taken
    }

    private func take(_ record: borrowing KafkaRecord, into intake: inout TaskIntake) {
        let value = record.value
        let standsAlone = RecordPage.isLarge(value?.count ?? 0)
        if !standsAlone, !page.hasRoom(for: value?.count ?? 0) { closePage(&intake) }
        page.add(standsAlone ? nil : value)
        intake.records.append(
            TaskLogRecord(
                partition: TaskPartition(topic: record.topic, partition: record.partition), offset: record.offset,
                value: standsAlone ? value.map { unsafe Array($0)[...] } : nil,
                traceparent: Self.traceparent(record), timestamp: record.timestamp))
    }

    /// Headers are only looked for where there may be any: looking costs more than reading the record does.
    private static func traceparent(_ record: borrowing KafkaRecord) -> [UInt8]? {
        if let value = record.value, TaskMessage.saysUntraced(value) { return nil }
        return record.header("traceparent").map { unsafe Array($0.prefix(64)) }
    }

    /// The last records get their bytes.
    private func closePage(_ intake: inout TaskIntake) {
        let pieces = page.pieces
        let bytes = page.close()
        for (place, piece) in zip(intake.records.indices.suffix(pieces.count), pieces) {
            if let piece { intake.records[place].value = bytes[piece] }
        }
    }

    /// Waits where there is no client to wait in.
    private func pauseThread(_ wait: Int64) {
        producer?.poll(timeoutMilliseconds: Int(min(wait, 100_000) / 1_000))
    }

    private func handle(_ event: KafkaEvent) {
        switch event {
        case .error(let error): note(reachable: false, "\(error)")
        case .partitionError(let partition, let error): note(reachable: false, "\(partition): \(error)")
        case .offsetOutOfRange: break
        case .commitFailed: events.append(.committed(false))
        case .fatal(let error): replaceConsumer(error)
        }
    }

    func rebalance(_ change: KafkaRebalance) {
        switch change {
        case .assigned(let partitions): arriving = partitions
        case .revoked(let partitions):
            arriving = nil
            events.append(.revoking(partitions.compactMap(taskPartition)))
        case .lost(let partitions):
            arriving = nil
            held = []
            events.append(.lost(partitions.compactMap(taskPartition)))
        }
    }

    /// Tells an assignment, with what the former owners committed. Tried again with each `receive` until the group
    /// answers.
    private func readCommits() {
        guard let partitions = arriving, let consumer else { return }
        do {
            let commits = try consumer.committed(partitions, timeoutMilliseconds: settings.answerMilliseconds)
            let ends = try consumer.endOffsets(partitions, timeoutMilliseconds: settings.answerMilliseconds)
            arriving = nil
            let assignments = zip(commits, ends).compactMap { commit, end in
                taskPartition(commit.partition).map {
                    TaskAssignment(
                        partition: $0, offset: commit.offset, metadata: Array(commit.metadata.utf8)[...],
                        end: end.partition == commit.partition ? end.offset : nil)
                }
            }
            events.append(.assigned(assignments))
            note(reachable: true)
        } catch {
            note(reachable: false, "\(error)")
        }
    }

    /// Asks, every two seconds, whether a log that was gone is there again.
    private func probe() {
        guard isReachable != true, arriving == nil, let consumer, ContinuousClock.now >= nextTry else { return }
        nextTry = .now + .seconds(2)
        guard consumer.memberID != nil else { return }
        if (try? consumer.partitionCount(settings.tasks[0], timeoutMilliseconds: 200)) != nil { note(reachable: true) }
    }

    public func begin(_ partitions: [TaskPartition], committing positions: [TaskCommit]) throws(TaskLogError) {
        guard let consumer else { throw TaskLogError("no connection") }
        warmUp()
        do throws(KafkaError) {
            // A pause outlives the assignment it was made in.
            if !paused.isEmpty { try consumer.resume(paused.map(topicPartition)) }
            paused = []
            if !positions.isEmpty {
                try consumer.commit(positions.map(offset), timeoutMilliseconds: settings.answerMilliseconds)
            }
            let starts = Dictionary(uniqueKeysWithValues: positions.map { ($0.partition, $0.offset) })
            try consumer.assign(
                partitions.map { KafkaPosition(topicPartition($0), starts[$0].map { .offset($0) } ?? .committed) })
        } catch {
            throw TaskLogError("\(error)")
        }
        held = Set(partitions)
    }

    /// Asks for the topics of results, so that the first of them does not wait.
    private func warmUp() {
        guard let producer else { return }
        for topic in [settings.done, settings.failed] {
            _ = try? producer.partitionCount(topic, timeoutMilliseconds: 500)
        }
    }

    public func commit(_ positions: [TaskCommit]) {
        do {
            guard let consumer else { throw TaskLogError("no connection") }
            try consumer.commitLater(positions.map(offset))
        } catch {
            events.append(.committed(false))
        }
    }

    public func commitNow(_ positions: [TaskCommit]) throws(TaskLogError) {
        guard let consumer else { throw TaskLogError("no connection") }
        do {
            try consumer.commit(positions.map(offset), timeoutMilliseconds: settings.answerMilliseconds)
        } catch {
            throw TaskLogError("\(error)")
        }
    }

    public func release(committing positions: [TaskCommit]) throws(TaskLogError) {
        defer {
            held = []
            try? consumer?.unassign()
        }
        if !positions.isEmpty { try commitNow(positions) }
    }
}
