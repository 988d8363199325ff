/// What a table of one kind of thing can show: in a list, of one thing, and on request (`--columns`).
struct Columns: Sendable {
    /// What a line is about, in the plural.
    let what: String
    let list: [String]
    let one: [String]
    private let others: [String]

    /// - `list`: names between blanks. `one`: those shown of a single thing, `*` for all known ones.
    init(_ what: String, list: String, one: String = "*", more: String = "") {
        self.what = what
        self.list = Self.words(list)
        others = Self.words(more)
        let named = Self.words(one)
        self.one = named == ["*"] ? self.list + others.filter { !Self.words(list).contains($0) } : named
    }

    /// Every name that may be asked for.
    var all: [String] {
        (list + one + others).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// The names of `--columns`, checked.
    func chosen(_ text: String) throws(CommandFailure) -> [String] {
        let names = Self.words(text.replacing(",", with: " "))
        guard !names.isEmpty else { throw .usage("--columns names no column", advice: advice) }
        for name in names where !all.contains(name) {
            throw .usage("\(what) have no column \(name)", advice: advice)
        }
        return names
    }

    private var advice: String { "there are: " + all.joined(separator: ",") }

    private static func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
}

extension Columns {
    static let profiles = Columns("profiles", list: "name url key current")
    static let flows = Columns("flows", list: "flow_id version created_at sha256", more: "created")
    static let timelines = Columns("tasks", list: "task_id handler pool attempts_at_seconds", more: "attempts_at")
    static let runs = Columns(
        "runs", list: "run_id flow_id status created_at completed_at error",
        one: """
            run_id flow_id flow_version status degraded session_id tenant_id user_id correlation_id lane labels \
            parent_run_id retry_from_stage created_at completed_at error waiting
            """, more: "definition_sha256 updated_at input output paused_at")
    /// Payloads are not in lists: a page of them could be a gigabyte.
    static let listedRuns = Columns(
        "runs", list: runs.list.joined(separator: " "),
        more: """
            flow_version degraded session_id tenant_id user_id correlation_id lane labels parent_run_id \
            retry_from_stage definition_sha256 updated_at paused_at
            """)
    static let startedRuns = Columns("runs", list: "run_id flow_id status")
    static let tasks = Columns(
        "tasks", list: "task_id handler status attempts execution_time_ms completed_at note",
        more: """
            pool stage_order worker_id started_at next_retry_at error_class error waiting waiting_for input output \
            reused_from
            """)
    static let sentences = Columns("sentences", list: "why", more: "run_id task_id")
    static let outcomes = Columns("outcomes", list: "run_id request_id outcome detail", more: "task_id")
    static let lineage = Columns(
        "runs", list: "run_number run_id from_stage status reused executed created_at milliseconds differs",
        more: "parent_run_id depth degraded error completed_at other_input other_output other_definition parent_kept")
    static let differences = Columns(
        "tasks",
        list: """
            task_id status parent_status reused_from other_input other_output milliseconds parent_milliseconds
            """)
    static let stagePlan = Columns(
        "plans",
        list: "from_stage plan_version allowed depth reused again blocked missing live_run_id code detail",
        more: "run_id starts")
    static let stageRetries = Columns("retries", list: "run_id parent_run_id from_stage outcome", more: "detail")
    static let audit = Columns(
        "lines", list: "id at action run_id actor outcome reason detail", more: "code request_id")
    static let workers = Columns(
        "processes",
        list: """
            worker_id program version slots slots_in_use abandoned partitions stopping since seen_at pools handlers
            """, more: "host pid")
    static let breakers = Columns("circuit breakers", list: "handler tenant_id state parked opened_at reason")
    static let lag = Columns("partitions", list: "topic partition group committed end lag")
}

extension Columns {
    static let letters = Columns(
        "dead letters", list: "id state reason run_id task_id handler failed_at fingerprint error",
        one: """
            id message_id kind state reason run_id task_id handler attempts flow_id session_id tenant_id failed_at \
            fingerprint error_class error_type closed_at closed_by closed_reason error
            """, more: "task original value_base64")
    static let fingerprints = Columns(
        "errors", list: "fingerprint open letters handler error_class last_seen owner pattern",
        one: """
            fingerprint open letters handler error_class error_type first_seen last_seen last_24_hours owner muted \
            note example pattern
            """, more: "trend")
    static let campaigns = Columns(
        "campaigns",
        list: "campaign_id status items waiting under_way succeeded failed refused created_at sentence",
        one: """
            campaign_id status items waiting under_way succeeded failed refused dropped canary rate concurrency \
            stop_ratio stop_after selection actor reason created_at ended_at sentence
            """, more: "updated_at")
    static let campaignItems = Columns(
        "items", list: "item status run_id task_id sent_at ended_at detail", more: "attempt message_id request_id")
    static let campaignShares = Columns("shares", list: "letters runs oldest redrivable obstacle")
    static let sessions = Columns(
        "sessions", list: "session_id tenant_id created_at expires_at closed_at",
        one: """
            session_id tenant_id created_at expires_at closed_at runs done left by_status degraded stage_retries \
            expected_end waiting p50_ms p95_ms retried_tasks extra_attempts
            """,
        more: "closed_by metadata opened started_at longest_ms most_attempts")
    static let sessionFailures = Columns("errors", list: "fingerprint handler tasks last_at error")
    static let stages = Columns(
        "stages",
        list: "task_id runs success degraded failed skipped reused retried p50_ms p95_ms common_error",
        more: "succeeded cancelled stage_retries completed_retries success_rate")
    static let sessionActions = Columns(
        "changes", list: "session_id request_id runs outcome", more: "by_status")
    static let retriedRuns = Columns("runs", list: "run_id task_ids", more: "request_id status detail")
    static let sessionRetries = Columns(
        "retries",
        list: "retry_id status runs tasks waiting sent going_on succeeded failed refused dropped",
        more: "session_id cancelled created_at actor reason")
}

extension Columns {
    static let dev = Columns(
        "places",
        list: "api kafka postgres redis settings",
        one: """
            api kafka postgres redis settings orchestrator orchestrator-1 orchestrator-2 executor executor-1 \
            executor-2 retry-worker drainer gateway courier
            """)
    static let schemaSteps = Columns("schema steps", list: "version name outcome")
    static let topics = Columns("topics", list: "topic partitions outcome")
    static let adoption = Columns(
        "groups", list: "group installation other_installations commits members checkpoints")
    static let newKeys = Columns("keys", list: "key name tenant_id scopes")
    static let keys = Columns(
        "keys", list: "prefix name tenant_id scopes good created_at expires_at revoked_at last_used_at",
        more: "rotated_from")
}
