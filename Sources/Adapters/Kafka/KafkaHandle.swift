internal import CKafka
internal import Dispatch

/// Owns one `rd_kafka_t` and the topic objects made on it.
///
/// Made in `init`, freed by `destroy(within:)` or `deinit`. The callbacks are kept until the library has let go of
/// them, even where that takes longer than the time allowed.
@safe final class KafkaHandle {
    enum Role { case consumer, producer, admin }

    /// A topic's object on this client; lives as long as the client.
    @safe struct Topic {
        let name: String
        let pointer: OpaquePointer
    }

    let callbacks: KafkaCallbacks
    private(set) var client: OpaquePointer
    private(set) var isOpen = true
    private(set) var topics: [Topic] = []

    /// - `pinned`: what the user's options may not change.
    init(
        _ role: Role, _ configuration: KafkaConfiguration, defaults: [(String, String)], pinned: [(String, String)]
    ) throws(KafkaError) {
        callbacks = KafkaCallbacks(configuration)
        guard let conf = unsafe rd_kafka_conf_new() else { throw KafkaError(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE) }
        do throws(KafkaError) {
            let options = configuration.options.map { ($0.key, $0.value) }
            for (key, value) in configuration.defaults + defaults + options + configuration.pinned + pinned {
                try unsafe Self.set(key, value, in: conf)
            }
        } catch {
            unsafe rd_kafka_conf_destroy(conf)
            throw error
        }
        unsafe callbacks.register(in: conf, role: role)
        unsafe client = try unsafe Self.open(conf, role)
    }

    deinit { destroy(withinMilliseconds: 2_000) }

    private static func open(_ conf: OpaquePointer, _ role: Role) throws(KafkaError) -> OpaquePointer {
        var text = [CChar](repeating: 0, count: 512)
        let type = role == .consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER
        if let client = unsafe rd_kafka_new(type, conf, &text, text.count) { return unsafe client }
        // The configuration stays ours only when no client was made.
        unsafe rd_kafka_conf_destroy(conf)
        throw KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, text.text)
    }

    private static func set(_ key: String, _ value: String, in conf: OpaquePointer) throws(KafkaError) {
        var text = [CChar](repeating: 0, count: 512)
        guard unsafe rd_kafka_conf_set(conf, key, value, &text, text.count) == RD_KAFKA_CONF_OK else {
            throw KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, text.text)
        }
    }

    /// The index of the topic's object, which stays the same, and its messages' `rkt` with it, until the end.
    func topic(_ name: String) throws(KafkaError) -> Int {
        if let known = topics.firstIndex(where: { $0.name == name }) { return known }
        guard let pointer = unsafe rd_kafka_topic_new(client, name, nil) else {
            throw KafkaError(rd_kafka_last_error(), "topic \(name)")
        }
        unsafe topics.append(Topic(name: name, pointer: pointer))
        return topics.count - 1
    }

    /// Frees the client; what has not ended in time goes on ending on a thread of its own.
    func destroy(withinMilliseconds limit: Int) {
        guard isOpen else { return }
        isOpen = false
        callbacks.silence()
        for entry in topics { unsafe rd_kafka_topic_destroy(entry.pointer) }
        topics = []
        nonisolated(unsafe) let client = unsafe client
        nonisolated(unsafe) let callbacks = callbacks
        let ended = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
            unsafe rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
            unsafe withExtendedLifetime(callbacks) {}
            ended.signal()
        }
        _ = ended.wait(timeout: .now() + .milliseconds(max(limit, 0)))
    }
}

extension [CChar] {
    var text: String { String(decoding: prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) }
}
