internal import CKafka

/// What librdkafka calls back into: the opaque of one handle.
/// All closures run on the thread that polls, except `log`, which runs on any of the library's threads.
@safe final class KafkaCallbacks {
    let log: KafkaConfiguration.Log?
    let statistics: KafkaConfiguration.Statistics?
    var onError: ((KafkaError) -> Void)?
    var onRebalance: ((rd_kafka_resp_err_t, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?) -> Void)?
    var onCommit: ((rd_kafka_resp_err_t, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?) -> Void)?
    var onDelivery: ((UnsafePointer<rd_kafka_message_t>) -> Void)?

    init(_ configuration: KafkaConfiguration) {
        log = configuration.log
        statistics = configuration.statistics
    }

    /// Ends all but the log: destroying a client may call back once more, from another thread, when the owner is gone.
    func silence() {
        onError = nil
        unsafe onRebalance = nil
        unsafe onCommit = nil
        unsafe onDelivery = nil
    }

    /// Names this object as the opaque of `conf` and registers the C side of every closure that `role` needs.
    func register(in conf: OpaquePointer, role: KafkaHandle.Role) {
        unsafe rd_kafka_conf_set_opaque(conf, Unmanaged.passUnretained(self).toOpaque())
        unsafe rd_kafka_conf_set_log_cb(conf) { client, level, _, text in
            guard let client = unsafe client, let text = unsafe text else { return }
            unsafe KafkaCallbacks.of(rd_kafka_opaque(client))?.log?(level, String(cString: text))
        }
        // An admin client is never polled, its errors stay in its log.
        if role == .admin { return }
        unsafe registerEvents(in: conf)
        if role == .consumer { unsafe registerGroup(in: conf) } else { unsafe registerDelivery(in: conf) }
    }

    private func registerEvents(in conf: OpaquePointer) {
        unsafe rd_kafka_conf_set_error_cb(conf) { client, code, reason, opaque in
            let text = unsafe reason.map { unsafe String(cString: $0) }
            unsafe KafkaCallbacks.of(opaque)?.onError?(KafkaError(rd_kafka_resp_err_t(code), text))
            // The owner shall hear of it; a producer's flush goes on.
            if unsafe rd_kafka_type(client) == RD_KAFKA_CONSUMER { unsafe rd_kafka_yield(client) }
        }
        guard statistics != nil else { return }
        unsafe rd_kafka_conf_set_stats_cb(conf) { _, json, size, opaque in
            guard let json = unsafe json else { return 0 }
            let bytes = unsafe UnsafeRawBufferPointer(start: json, count: size)
            unsafe KafkaCallbacks.of(opaque)?.statistics?(String(decoding: bytes, as: UTF8.self))
            return 0
        }
    }

    private func registerGroup(in conf: OpaquePointer) {
        unsafe rd_kafka_conf_set_rebalance_cb(conf) { client, code, list, opaque in
            unsafe KafkaCallbacks.of(opaque)?.onRebalance?(code, list)
            // The owner has work of its own to do now: let its poll return.
            unsafe rd_kafka_yield(client)
        }
        unsafe rd_kafka_conf_set_offset_commit_cb(conf) { _, code, list, opaque in
            unsafe KafkaCallbacks.of(opaque)?.onCommit?(code, list)
        }
    }

    private func registerDelivery(in conf: OpaquePointer) {
        unsafe rd_kafka_conf_set_dr_msg_cb(conf) { _, message, opaque in
            guard let message = unsafe message else { return }
            unsafe KafkaCallbacks.of(opaque)?.onDelivery?(message)
        }
    }

    private static func of(_ opaque: UnsafeMutableRawPointer?) -> KafkaCallbacks? {
        unsafe opaque.map { unsafe Unmanaged<KafkaCallbacks>.fromOpaque($0).takeUnretainedValue() }
    }
}
