internal import CKafka

/// A member of a consumer group, or a reader of explicit positions. Everything happens on the thread that polls.
///
/// Commits nothing by itself and stores no offsets by itself. Rebalances are eager, assignment is `range`.
/// It owns its client; `close` leaves the group (a static member stays in it until its session ends).
@safe public final class KafkaConsumer {
    /// Called inside `poll` and `close`. Answer `.assigned` with `assign`, at once or, with the positions still to
    /// come, later on the polling thread: without an answer nothing is fetched meanwhile. `.revoked` and `.lost` are
    /// answered for the owner. The same partitions may be assigned again after they were revoked.
    public var onRebalance: ((KafkaRebalance) -> Void)?

    /// Whether a revocation is answered when `onRebalance` returns. Without it the owner answers later, by `unassign`,
    /// on the polling thread: until then the partitions stay this member's, and nothing of them comes.
    public var answersRevocations = true

    let handle: KafkaHandle
    /// Commits that were taken; it only grows, so that an owner sees that the group's broker answers.
    public private(set) var commitsTaken = 0
    private var events: [KafkaEvent] = []
    private var hasAnswered = false
    private var isMember = false
    private var held: Set<TopicPartition> = []
    private var owesRevocation = false

    public init(_ configuration: KafkaConfiguration, _ group: KafkaGroup) throws(KafkaError) {
        handle = try KafkaHandle(.consumer, configuration, defaults: group.defaults, pinned: group.pinned)
        unsafe rd_kafka_poll_set_consumer(handle.client)
        handle.callbacks.onError = { [unowned self] in note($0) }
        unsafe handle.callbacks.onRebalance = { [unowned self] in unsafe rebalance($0, $1) }
        unsafe handle.callbacks.onCommit = { [unowned self] in unsafe noteCommit($0, $1) }
    }

    /// Joins the group for these topics. Topics that do not exist yet are joined when they appear.
    public func subscribe(_ topics: [String]) throws(KafkaError) {
        for name in topics { _ = try topic(name) }
        isMember = true
        let list = PartitionList(topics.map { TopicPartition($0, -1) })
        try unsafe check(rd_kafka_subscribe(handle.client, list.pointer))
    }

    /// The number under which records of this topic come; 0, 1, … in the order of asking and subscribing.
    public func topic(_ name: String) throws(KafkaError) -> Int { try handle.topic(name) }

    public func topicName(_ topic: Int) -> String { handle.topics[topic].name }

    /// Takes one record or event, waiting for it no longer than this; 0 takes only what is there.
    /// The record is lent to `body` and freed after it.
    public func poll(timeoutMilliseconds: Int, _ body: (borrowing KafkaRecord) -> Void) -> KafkaPoll {
        if !events.isEmpty { return .event(events.removeFirst()) }
        guard let message = unsafe rd_kafka_consumer_poll(handle.client, Int32(clamping: timeoutMilliseconds)) else {
            return events.isEmpty ? .nothing : .event(events.removeFirst())
        }
        defer { unsafe rd_kafka_message_destroy(message) }
        guard unsafe message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else { return unsafe .event(event(message)) }
        unsafe body(KafkaRecord(message, topic: topicNumber(message.pointee.rkt)))
        return .record
    }

    /// The name the group's coordinator gave this member; nil before it joined.
    public var memberID: String? {
        guard let text = unsafe rd_kafka_memberid(handle.client) else { return nil }
        defer { unsafe rd_kafka_mem_free(handle.client, text) }
        let id = unsafe String(cString: text)
        return id.isEmpty ? nil : id
    }

    private func topicNumber(_ pointer: OpaquePointer?) -> Int {
        for (number, topic) in handle.topics.enumerated() where unsafe topic.pointer == pointer {
            return number
        }
        let name = unsafe rd_kafka_topic_name(pointer).map { unsafe String(cString: $0) } ?? ""
        return (try? handle.topic(name)) ?? -1
    }
}

extension KafkaConsumer {
    private func rebalance(
        _ code: rd_kafka_resp_err_t, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) {
        let partitions = unsafe list?.partitions ?? []
        if code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            hasAnswered = false
            held = Set(partitions)
            onRebalance?(.assigned(partitions))
            if !hasAnswered { try? assign([]) }
        } else {
            let isLost = unsafe rd_kafka_assignment_lost(handle.client) != 0
            if isLost { held = [] }
            onRebalance?(isLost ? .lost(partitions) : .revoked(partitions))
            owesRevocation = true
            if isLost || answersRevocations { try? unassign() }
        }
    }

    func noteAnswer() {
        hasAnswered = true
        guard owesRevocation else { return }
        owesRevocation = false
        held = []
    }

    /// A member may commit only what the group gave it. The broker would not just refuse: it fences a static member
    /// that commits before its first assignment, and its client is useless then.
    func checkHeld(_ offsets: [KafkaOffset]) throws(KafkaError) {
        guard isMember, let foreign = offsets.first(where: { !held.contains($0.partition) }) else { return }
        throw KafkaError(RD_KAFKA_RESP_ERR__STATE, "commit of \(foreign.partition), which is not held")
    }

    /// A rebalance that arrives while closing, where nobody polls any more.
    func rebalance(event: OpaquePointer) {
        unsafe rebalance(rd_kafka_event_error(event), rd_kafka_event_topic_partition_list(event))
    }

    private func note(_ error: KafkaError) {
        guard error.code == RD_KAFKA_RESP_ERR__FATAL.rawValue else { return events.append(.error(error)) }
        events.append(.fatal(handle.fatalError ?? error))
    }

    private func noteCommit(
        _ code: rd_kafka_resp_err_t, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) {
        guard code != RD_KAFKA_RESP_ERR__NO_OFFSET else { return }
        let failure = unsafe code == RD_KAFKA_RESP_ERR_NO_ERROR ? list?.firstError : KafkaError(code)
        if let failure {
            unsafe events.append(.commitFailed(failure, list?.offsets ?? []))
        } else {
            commitsTaken += 1
        }
    }

    private func event(_ message: UnsafeMutablePointer<rd_kafka_message_t>) -> KafkaEvent {
        let text = unsafe rd_kafka_message_errstr(message).map { unsafe String(cString: $0) }
        let error = unsafe KafkaError(message.pointee.err, text)
        guard unsafe message.pointee.err != RD_KAFKA_RESP_ERR__FATAL else { return .fatal(handle.fatalError ?? error) }
        guard let topic = unsafe message.pointee.rkt else { return .error(error) }
        let partition = unsafe TopicPartition(String(cString: rd_kafka_topic_name(topic)), message.pointee.partition)
        guard unsafe message.pointee.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET else {
            return .partitionError(partition, error)
        }
        return unsafe .offsetOutOfRange(partition, offset: message.pointee.offset)
    }
}
