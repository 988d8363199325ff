import CKafka

/// One librdkafka client, used by one thread. Made in `init`, freed in `deinit`; topics are freed before it.
final class KafkaClient {
    let handle: OpaquePointer
    private var topics: [String: OpaquePointer] = [:]

    /// - `prepare`: sets callbacks on the configuration before the client takes it over.
    init(_ kind: rd_kafka_type_t, _ settings: [(String, String)], prepare: (OpaquePointer) -> Void = { _ in }) throws {
        var words = [CChar](repeating: 0, count: 512)
        guard let configuration = rd_kafka_conf_new() else { throw BenchError("librdkafka: no configuration") }
        for (key, value) in settings {
            guard rd_kafka_conf_set(configuration, key, value, &words, words.count) == RD_KAFKA_CONF_OK else {
                rd_kafka_conf_destroy(configuration)
                throw BenchError("librdkafka: \(key)=\(value): \(Self.text(words))")
            }
        }
        prepare(configuration)
        guard let handle = rd_kafka_new(kind, configuration, &words, words.count) else {
            rd_kafka_conf_destroy(configuration)
            throw BenchError("librdkafka: \(Self.text(words))")
        }
        self.handle = handle
    }

    deinit {
        for topic in topics.values { rd_kafka_topic_destroy(topic) }
        rd_kafka_destroy(handle)
    }

    func topic(_ name: String) throws -> OpaquePointer {
        if let topic = topics[name] { return topic }
        guard let topic = rd_kafka_topic_new(handle, name, nil) else { throw BenchError("librdkafka: no \(name)") }
        topics[name] = topic
        return topic
    }

    private static func text(_ words: [CChar]) -> String {
        String(decoding: words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
