/// Every key a log line may carry. A new one is one line here and one in `declared`.
extension LogField {
    public static let program = LogKey<String>("program", "Which program wrote the line.")
    public static let version = LogKey<String>("version", "The program's version.")
    public static let workerID = LogKey<String>("worker_id", "Which process it was, among several of one program.")
    public static let runID = LogKey<String>("run_id", "The run.")
    public static let taskID = LogKey<String>("task_id", "The task within the run.")
    public static let attempt = LogKey<Int>("attempt", "The task's attempt, counted from 0.")
    public static let correlationID = LogKey<String>("correlation_id", "The id that the request brought along.")
    public static let tenantID = LogKey<String>("tenant_id", "Whose run it is.")
    public static let userID = LogKey<String>("user_id", "Who asked for the run.")
    public static let sessionID = LogKey<String>("session_id", "The session of the run.")
    public static let flowID = LogKey<String>("flow_id", "The flow.")
    public static let handler = LogKey<String>("handler", "The handler of the task.")
    public static let pool = LogKey<String>("pool", "The pool of executors.")
    public static let requestID = LogKey<String>("request_id", "The id of a command.")
    public static let messageID = LogKey<String>("message_id", "The id of a message.")
    public static let campaignID = LogKey<String>("campaign_id", "The campaign of redrives.")
    public static let lane = LogKey<Int>("lane", "The lane.")
    public static let lanes = LogKey<String>("lanes", "Several lanes, with commas.")
    public static let batch = LogKey<Int>("batch", "The lane's batch.")
    public static let epoch = LogKey<Int>("epoch", "How often the lane was taken.")
    public static let topic = LogKey<String>("topic", "The Kafka topic.")
    public static let partition = LogKey<Int>("partition", "The topic's partition.")
    public static let offset = LogKey<Int>("offset", "The offset in the partition.")
    public static let group = LogKey<String>("group", "The Kafka consumer group.")
    public static let count = LogKey<Int>("count", "How many.")
    public static let bytes = LogKey<Int>("bytes", "How many bytes.")
    public static let milliseconds = LogKey<Double>("ms", "How long it took, in milliseconds.")
    public static let status = LogKey<String>("status", "The status it came to.")
    public static let reason = LogKey<String>("reason", "Why.")
    public static let error = LogKey<String>("error", "What went wrong.")
    public static let errorClass = LogKey<String>("error_class", "The class of the failure.")
    public static let code = LogKey<Int>("code", "The number of the error, or of the exit.")
    public static let dependency = LogKey<String>("dependency", "The service that is up or down.")
    public static let setting = LogKey<String>("setting", "The name of a setting.")
    public static let address = LogKey<String>("address", "Host and port.")
    public static let client = LogKey<String>("client", "The library that said it, such as librdkafka.")
    public static let url = LogKey<String>("url", "The address asked for, without user and password.")
    public static let channel = LogKey<String>("channel", "The channel of a delivery.")
    public static let stage = LogKey<String>("stage", "What was to be told: result, error, progress, early.")
    public static let command = LogKey<String>("command", "What somebody can type to fetch it.")
    public static let repeated = LogKey<Int>(
        "repeated", "How often the same line was left out since it was last written.")

    /// Name and sentence of each, in the order of the reference page.
    public static let declared: [(name: String, sentence: String)] =
        texts.map { ($0.name, $0.sentence) } + integers.map { ($0.name, $0.sentence) }
        + [(milliseconds.name, milliseconds.sentence)]

    private static let texts = [
        program, version, workerID, runID, taskID, correlationID, tenantID, userID, sessionID, flowID, handler, pool,
        requestID, messageID, campaignID, lanes, topic, group, status, reason, error, errorClass, dependency, setting,
        address, client, url, channel, stage, command,
    ]
    private static let integers = [attempt, lane, batch, epoch, partition, offset, count, bytes, code, repeated]
}
