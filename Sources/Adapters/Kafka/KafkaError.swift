internal import CKafka

/// What librdkafka or the broker refused, with librdkafka's own code and name.
/// Codes below zero arise in the client, codes above zero are the broker's.
public struct KafkaError: Error, Sendable, Hashable, CustomStringConvertible {
    public let code: Int32
    public let name: String
    public let message: String
    /// The client can do nothing more; only a new one can.
    public let isFatal: Bool
    /// The same call may succeed later without a change.
    public let isRetriable: Bool

    public var description: String { "\(name) (\(code)): \(message)" }
}

extension KafkaError {
    public var isQueueFull: Bool { code == RD_KAFKA_RESP_ERR__QUEUE_FULL.rawValue }
    public var isTimeout: Bool { Self.timeouts.contains(code) }
    public var isUnknownTopic: Bool { Self.unknownTopics.contains(code) }
    public var isTopicExists: Bool { code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS.rawValue }
    public var isTooLarge: Bool { code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE.rawValue }
    /// Nobody speaks for the group yet; soon somebody will.
    public var isCoordinatorAbsent: Bool { Self.absences.contains(code) }
    /// Another member has taken this one's place.
    public var isFenced: Bool { Self.fences.contains(code) }

    private static let timeouts: Set<Int32> = codes(
        RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
        RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT)
    private static let unknownTopics: Set<Int32> = codes(
        RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
        RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
    private static let absences: Set<Int32> = codes(
        RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
        RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR__WAIT_COORD)
    private static let fences: Set<Int32> = codes(
        RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,
        RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID)
    private static let retriables: Set<Int32> = codes(
        RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
        RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
        RD_KAFKA_RESP_ERR__QUEUE_FULL, RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR__WAIT_CACHE,
        RD_KAFKA_RESP_ERR__RETRY, RD_KAFKA_RESP_ERR__IN_PROGRESS, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
        RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
        RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
        RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
        RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
        RD_KAFKA_RESP_ERR_NOT_CONTROLLER, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR)

    private static func codes(_ list: rd_kafka_resp_err_t...) -> Set<Int32> { Set(list.map(\.rawValue)) }
}

extension KafkaError {
    init(_ code: rd_kafka_resp_err_t, _ message: String? = nil, isFatal: Bool = false) {
        self.code = code.rawValue
        name = unsafe String(cString: rd_kafka_err2name(code))
        self.message = unsafe message ?? String(cString: rd_kafka_err2str(code))
        self.isFatal = isFatal || code == RD_KAFKA_RESP_ERR__FATAL
        isRetriable = Self.retriables.contains(code.rawValue)
    }

    /// Takes the error object over and frees it.
    init(taking error: OpaquePointer) {
        code = unsafe rd_kafka_error_code(error).rawValue
        name = unsafe String(cString: rd_kafka_error_name(error))
        message = unsafe String(cString: rd_kafka_error_string(error))
        isFatal = unsafe rd_kafka_error_is_fatal(error) != 0
        isRetriable = unsafe rd_kafka_error_is_retriable(error) != 0 || Self.retriables.contains(code)
        unsafe rd_kafka_error_destroy(error)
    }
}

/// The gate: every return code of the library passes here.
func check(_ code: rd_kafka_resp_err_t, _ message: @autoclosure () -> String? = nil) throws(KafkaError) {
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code, message()) }
}

/// The gate for calls that answer with an error object.
func check(_ error: OpaquePointer?) throws(KafkaError) {
    if let error = unsafe error { throw unsafe KafkaError(taking: error) }
}
