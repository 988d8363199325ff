internal import CKafka

extension KafkaConsumer {
    /// Leaves the group and frees the client, and never takes longer than this (plus the owner's own closure).
    /// `onRebalance` is called once more if something is held. Nothing else may be called afterwards.
    public func close(withinMilliseconds limit: Int) {
        guard handle.isOpen else { return }
        let end = ContinuousClock.now + .milliseconds(limit)
        leave(before: end)
        handle.destroy(withinMilliseconds: max(end.millisecondsLeft, 200))
    }

    private func leave(before end: ContinuousClock.Instant) {
        guard let queue = unsafe rd_kafka_queue_new(handle.client) else { return }
        defer { unsafe rd_kafka_queue_destroy(queue) }
        guard unsafe (try? check(rd_kafka_consumer_close_queue(handle.client, queue))) != nil else { return }
        while unsafe rd_kafka_consumer_closed(handle.client) == 0, end.millisecondsLeft > 0 {
            guard let event = unsafe rd_kafka_queue_poll(queue, Int32(min(end.millisecondsLeft, 20))) else { continue }
            if unsafe rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE { unsafe rebalance(event: event) }
            unsafe rd_kafka_event_destroy(event)
        }
    }
}

extension ContinuousClock.Instant {
    var millisecondsLeft: Int { Int((self - ContinuousClock.now) / .milliseconds(1)) }
}
