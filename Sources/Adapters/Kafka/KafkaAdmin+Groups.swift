internal import CKafka

/// One member of a consumer group, as its coordinator knows it.
public struct KafkaGroupMember: Sendable, Hashable {
    public var id: String
    public var instanceID: String?
    public var clientID: String
    public var host: String
    public var partitions: [TopicPartition]
}

extension KafkaAdmin {
    /// A group's commits with their metadata; without `partitions`, all of them.
    public func committed(
        group: String, _ partitions: [TopicPartition]? = nil
    ) throws(KafkaError) -> [KafkaOffset] {
        let wanted = PartitionList(partitions ?? [])
        let pointer = unsafe partitions == nil ? nil : wanted.pointer
        var objects = try unsafe AdminObjects(rd_kafka_ListConsumerGroupOffsets_new(group, pointer)) {
            unsafe rd_kafka_ListConsumerGroupOffsets_destroy($0)
        }
        return try unsafe ask(RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS) { options, queue in
            unsafe objects.lend { unsafe rd_kafka_ListConsumerGroupOffsets(handle.client, $0, $1, options, queue) }
        } _: { (event) throws(KafkaError) in
            var count = 0
            return try unsafe Self.answer(rd_kafka_ListConsumerGroupOffsets_result_groups(event, &count), count)
        }
    }

    /// Writes commits, metadata included, for a group that has no members now.
    public func alterCommitted(group: String, _ offsets: [KafkaOffset]) throws(KafkaError) {
        let wanted = PartitionList(offsets)
        var objects = try unsafe AdminObjects(rd_kafka_AlterConsumerGroupOffsets_new(group, wanted.pointer)) {
            unsafe rd_kafka_AlterConsumerGroupOffsets_destroy($0)
        }
        try unsafe ask(RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS) { options, queue in
            unsafe objects.lend { unsafe rd_kafka_AlterConsumerGroupOffsets(handle.client, $0, $1, options, queue) }
        } _: { (event) throws(KafkaError) in
            var count = 0
            _ = try unsafe Self.answer(rd_kafka_AlterConsumerGroupOffsets_result_groups(event, &count), count)
        }
    }

    /// Forgets a group's commits of these partitions, none of which a member may be subscribed to.
    public func deleteCommitted(group: String, _ partitions: [TopicPartition]) throws(KafkaError) {
        let wanted = PartitionList(partitions)
        var objects = try unsafe AdminObjects(rd_kafka_DeleteConsumerGroupOffsets_new(group, wanted.pointer)) {
            unsafe rd_kafka_DeleteConsumerGroupOffsets_destroy($0)
        }
        try unsafe ask(RD_KAFKA_ADMIN_OP_DELETECONSUMERGROUPOFFSETS) { options, queue in
            unsafe objects.lend { unsafe rd_kafka_DeleteConsumerGroupOffsets(handle.client, $0, $1, options, queue) }
        } _: { (event) throws(KafkaError) in
            var count = 0
            _ = try unsafe Self.answer(rd_kafka_DeleteConsumerGroupOffsets_result_groups(event, &count), count)
        }
    }

    /// Who is in a group; empty for one that does not exist.
    public func members(ofGroup group: String) throws(KafkaError) -> [KafkaGroupMember] {
        let name = Array(group.utf8CString)
        return try unsafe ask(RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS) { options, queue in
            unsafe name.withUnsafeBufferPointer { name in
                var names = unsafe [name.baseAddress]
                unsafe rd_kafka_DescribeConsumerGroups(handle.client, &names, 1, options, queue)
            }
        } _: { (event) throws(KafkaError) in
            var count = 0
            let groups = unsafe rd_kafka_DescribeConsumerGroups_result_groups(event, &count)
            guard count > 0, let group = unsafe groups?.pointee else { return [] }
            try unsafe Self.checkBorrowed(rd_kafka_ConsumerGroupDescription_error(group))
            return unsafe (0..<rd_kafka_ConsumerGroupDescription_member_count(group)).compactMap { index in
                unsafe rd_kafka_ConsumerGroupDescription_member(group, index).map { unsafe Self.member($0) }
            }
        }
    }

    /// As `run`, again and again within the time limit while the group has no coordinator yet, or the one it has still
    /// loads its groups: a broker that has just started refuses at once.
    private func ask<Answer>(
        _ operation: rd_kafka_admin_op_t, _ start: (_ options: OpaquePointer, _ queue: OpaquePointer) -> Void,
        _ read: (_ event: OpaquePointer) throws(KafkaError) -> Answer
    ) throws(KafkaError) -> Answer {
        let end = ContinuousClock.now + .milliseconds(timeoutMilliseconds)
        while true {
            do throws(KafkaError) {
                return try unsafe run(operation, start, read)
            } catch {
                guard error.isCoordinatorAbsent, ContinuousClock.now < end else { throw error }
                unsafe rd_kafka_poll(handle.client, 200)
            }
        }
    }

    private static func member(_ member: OpaquePointer) -> KafkaGroupMember {
        let held = unsafe rd_kafka_MemberDescription_assignment(member)
        let list = unsafe held.flatMap { unsafe rd_kafka_MemberAssignment_partitions($0) }
        return unsafe KafkaGroupMember(
            id: String(cString: rd_kafka_MemberDescription_consumer_id(member)),
            instanceID: rd_kafka_MemberDescription_group_instance_id(member).map { unsafe String(cString: $0) },
            clientID: String(cString: rd_kafka_MemberDescription_client_id(member)),
            host: String(cString: rd_kafka_MemberDescription_host(member)),
            partitions: UnsafeMutablePointer(mutating: list)?.partitions ?? [])
    }

    private static func answer(
        _ groups: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int
    ) throws(KafkaError) -> [KafkaOffset] {
        guard count > 0, let group = unsafe groups?.pointee else { return [] }
        try unsafe checkBorrowed(rd_kafka_group_result_error(group))
        let list = unsafe UnsafeMutablePointer(mutating: rd_kafka_group_result_partitions(group))
        if let failure = unsafe list?.firstError { throw failure }
        return unsafe list?.offsets ?? []
    }

    /// An error that belongs to the answer and ends with it.
    private static func checkBorrowed(_ error: OpaquePointer?) throws(KafkaError) {
        guard let error = unsafe error else { return }
        try unsafe check(rd_kafka_error_code(error), String(cString: rd_kafka_error_string(error)))
    }
}
