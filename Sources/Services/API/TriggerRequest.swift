public import JSON
import Workflow

/// The body of `POST /orchestrator-trigger`, read and checked: what is wrong with it is told all at once, each with the
/// place (a JSON pointer) where it stands.
public enum TriggerRequest: Sendable {
    public struct Job: Sendable, Equatable {
        public var jobID: String
        public var queries: [String]
        public var flowID: String?
        public var sessionID: String?
    }

    case start(Job)
    case retry(SessionRetries.Choice, reason: String?)

    /// The most queries of a job.
    public static let queryLimit = 10_000

    public static func read(_ body: Bytes) -> Result<TriggerRequest, ServiceFailure> {
        guard let value = try? JSONValue(validating: body), value.kind == .object, value.isStorable else {
            return .failure(ServiceFailure(.invalid, "the body is no JSON object", details: [": must be an object"]))
        }
        var reading = TriggerReading(value)
        let request = reading.read()
        guard let request, reading.problems.isEmpty else {
            return .failure(ServiceFailure(.invalid, "the request is invalid", details: reading.problems))
        }
        return .success(request)
    }

    /// Session ids of this route are UUIDs, in any case.
    static func isUUID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return false }
        return bytes.enumerated().allSatisfy { place, byte in
            [8, 13, 18, 23].contains(place) ? byte == UInt8(ascii: "-") : TriggerReading.isHex(byte)
        }
    }
}

/// Reads one body; collects what is wrong with it.
private struct TriggerReading {
    private let value: JSONValue
    private(set) var problems: [String] = []

    init(_ value: JSONValue) { self.value = value }

    static func isHex(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        case UInt8(ascii: "A")...UInt8(ascii: "F"): true
        default: false
        }
    }

    mutating func read() -> TriggerRequest? {
        let options = member(value, "options")
        if let options, options.kind != .object {
            problems.append("/options: must be an object")
            return nil
        }
        let sessionID = session(options)
        guard flag(options) else { return start(sessionID) }
        guard let sessionID else {
            if problems.isEmpty { problems.append("/options/session_id: is missing") }
            return nil
        }
        let (tasks, queries) = (texts("tasks"), texts("selected_queries"))
        if let tasks, tasks.isEmpty { problems.append("/tasks: names no task; leave it out for all that failed") }
        let reason = options.flatMap { text($0, "reason", "/options/reason") }
        return .retry(SessionRetries.Choice(sessionID: sessionID, tasks: tasks, queries: queries), reason: reason)
    }

    private mutating func start(_ sessionID: String?) -> TriggerRequest? {
        let job = text(value, "job_id", "/job_id")
        let flow = text(value, "flow_id", "/flow_id")
        if job == nil, problems.isEmpty { problems.append("/job_id: is missing") }
        if let job, !RequestDraft.isID(job) { problems.append("/job_id: is 1 to 255 bytes without control characters") }
        if let flow, !Identifier.isValidName(Array(flow.utf8)[...]) {
            problems.append("/flow_id: has 1 to 255 of the characters A-Z a-z 0-9 . _ -")
        }
        let queries = texts("selected_queries")
        if queries?.isEmpty ?? true { problems.append("/selected_queries: must name at least one query") }
        if queries?.count ?? 0 > TriggerRequest.queryLimit {
            problems.append("/selected_queries: has more than \(TriggerRequest.queryLimit) queries")
        }
        if member(value, "tasks") != nil { problems.append("/tasks: is for retries (options.retry)") }
        guard let job, let queries, problems.isEmpty else { return nil }
        return .start(TriggerRequest.Job(jobID: job, queries: queries, flowID: flow, sessionID: sessionID))
    }

    private mutating func session(_ options: JSONValue?) -> String? {
        guard let options, let id = text(options, "session_id", "/options/session_id") else { return nil }
        guard TriggerRequest.isUUID(id) else {
            problems.append("/options/session_id: is no UUID")
            return nil
        }
        return id
    }

    private mutating func flag(_ options: JSONValue?) -> Bool {
        guard let options, let retry = member(options, "retry") else { return false }
        guard let flag = retry.bool else {
            problems.append("/options/retry: must be true or false")
            return false
        }
        return flag
    }

    /// Null means absent.
    private func member(_ value: JSONValue, _ name: StaticString) -> JSONValue? {
        value.member(name).flatMap { $0.isNull ? nil : $0 }
    }

    private mutating func text(_ value: JSONValue, _ name: StaticString, _ place: String) -> String? {
        guard let found = member(value, name) else { return nil }
        guard let text = found.string() else {
            problems.append("\(place): must be a string")
            return nil
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Numbers count as their digits: ids of failed tasks may be written so.
    private mutating func texts(_ name: StaticString) -> [String]? {
        guard let list = member(value, name) else { return nil }
        guard list.kind == .array else {
            problems.append("/\(name): must be an array")
            return nil
        }
        var (texts, place): ([String], Int) = ([], 0)
        list.forEachElement { element in
            if let text = element.string() {
                texts.append(String(decoding: text, as: UTF8.self))
            } else if let number = element.int {
                texts.append(String(number))
            } else {
                problems.append("/\(name)/\(place): must be a string")
            }
            place += 1
        }
        return texts
    }
}
