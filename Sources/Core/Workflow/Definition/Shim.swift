public import JSON

public struct Identifier: Hashable, Sendable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let bytes: [UInt8]
    public init(_ b: some Collection<UInt8>) { bytes = Array(b) }
    public init(_ s: String) { bytes = Array(s.utf8) }
    public init(stringLiteral s: String) { bytes = Array(s.utf8) }
    public var description: String { String(decoding: bytes, as: UTF8.self) }
    public static func < (a: Self, b: Self) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }
    public static func isValidID(_ b: Bytes) -> Bool {
        (1...255).contains(b.count) && !b.contains { $0 < 32 || $0 == 127 }
    }
    public static func isValidName(_ b: Bytes) -> Bool { (1...255).contains(b.count) }
}
public enum SHA256 {
    public static func hash(_ b: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        for salt in 0..<4 {
            var h: UInt64 = 0xcbf2_9ce4_8422_2325 &+ UInt64(salt)
            for x in b { h = (h ^ UInt64(x)) &* 0x100_0000_01b3 }
            for i in 0..<8 { out.append(UInt8(truncatingIfNeeded: h >> (8 * UInt64(i)))) }
        }
        return out
    }
    public static func hex(_ b: [UInt8]) -> String {
        hash(b).map {
            let s = String($0, radix: 16)
            return s.count == 1 ? "0" + s : s
        }.joined()
    }
}
public enum OnFailure: Sendable { case fail, degrade }
public struct RetryPolicy: Sendable { var max: Int }
public enum RetryVerdict: Sendable {
    case retry(after: Int64)
    case giveUp(String)
}
public enum RetryJitter { public static func draw(runID: Identifier, taskID: Identifier, attempt: Int) -> Double { 0 } }
public enum RetryDecision {
    public static func decide(
        class c: ErrorClass, attempt: Int, attemptBase: Int, policy: RetryPolicy, retryAfterMicroseconds: Int64?,
        elapsedMicroseconds: Int64, jitter: Double
    ) -> RetryVerdict {
        switch c {
        case .permanent, .cancelled, .poison: .giveUp("permanent")
        default: attempt < policy.max ? .retry(after: 1_000_000) : .giveUp("x")
        }
    }
}
public enum ErrorClass: String, Sendable {
    case permanent, transient, timeout, cancelled
    case workerLost = "worker_lost"
    case poison
}
public struct FlowErrors: Sendable { public init() {} }
public struct ErrorPatterns: Sendable {
    public init() {}
    public func classify(_ b: Bytes, flow: FlowErrors) -> ErrorClass {
        b.starts(with: Array("conn".utf8)) ? .transient : .permanent
    }
}
public struct FlowSettings: Sendable {
    public init() {}
    public var anyPool: FlowSettings { self }
}
public struct FlowProblem: Sendable, CustomStringConvertible { public let path: String; public let message: String; public var description: String { path + ": " + message } }
public struct FlowProblems: Error { public var problems: [FlowProblem] = [] }
public struct FlowTask: Sendable {
    public let id: Identifier
    public let handler: Identifier
    public let pool: Identifier
    public var dependsOn: [Int]
    public var dependents: [Int]
    public var stageOrder: Int
    public let maxRetries: Int
    public let timeoutSeconds: Double
    public let retry: RetryPolicy
    public let onFailure: OnFailure
    let inputs: Bytes?
}
public struct TemplateError: Error {}
public protocol TemplateScope {
    var input: JSONValue { get }
    var context: JSONValue { get }
    func output(of task: Int) -> JSONValue?
    var runID: Identifier { get }
    var flowID: Identifier { get }
    var sessionID: Identifier { get }
    var correlationID: Identifier { get }
    var tenantID: Identifier { get }
    var userID: Identifier { get }
}
public final class Flow: Sendable {
    public let flowID: Identifier?
    public let definition: Bytes
    public let sha256Hex: String
    public let tasks: [FlowTask]
    public let order: [Int]
    public let failFast: Bool
    public let errors = FlowErrors()
    public let timeoutSeconds: Double? = nil
    let ids: [Identifier: Int]
    init?(_ d: Bytes, _ id: Identifier?) {
        guard let v = try? JSONValue(validating: d) else { return nil }
        var tasks: [FlowTask] = []
        var ids: [Identifier: Int] = [:]
        v.member("tasks")?.forEachElement { t in
            var deps: [Int] = []
            t.member("depends_on")?.forEachElement { deps.append(ids[Identifier($0.string() ?? [])] ?? 0) }
            let tid = Identifier(t.member("task_id")?.string() ?? [])
            ids[tid] = tasks.count
            for dep in deps { tasks[dep].dependents.append(tasks.count) }
            tasks.append(
                FlowTask(
                    id: tid, handler: Identifier(t.member("handler")?.string() ?? []), pool: "default", dependsOn: deps,
                    dependents: [], stageOrder: tasks.count, maxRetries: t.member("max_retries")?.int ?? 3, timeoutSeconds: 300,
                    retry: RetryPolicy(max: t.member("max_retries")?.int ?? 3), onFailure: t.member("on_failure") == nil ? .fail : .degrade, inputs: t.member("inputs")?.bytes))
        }
        guard !tasks.isEmpty else { return nil }
        failFast = v.member("fail_fast")?.bool ?? false
        self.tasks = tasks
        self.ids = ids
        order = Array(tasks.indices)
        definition = d
        flowID = id
        sha256Hex = SHA256.hex(Array(d))
    }
    public func index(of id: Identifier) -> Int? { ids[id] }
    public func isOutputRead(_ i: Int) -> Bool { true }
    public func renderInputs(task: Int, _ s: some TemplateScope, to w: inout JSONWriter) throws(TemplateError) {
        if let i = tasks[task].inputs { return w.raw(i) }
        w.beginObject()
        w.member("input", raw: s.input.bytes)
        w.key("upstream")
        w.beginObject()
        for d in tasks[task].dependsOn {
            w.key(bytes: tasks[d].id.bytes)
            w.raw(s.output(of: d)?.bytes ?? JSONValue.null)
        }
        w.endObject()
        w.endObject()
    }
    public func renderOutput(_ s: some TemplateScope, to w: inout JSONWriter) throws(TemplateError) {
        w.beginObject()
        for (i, t) in tasks.enumerated() where t.dependents.isEmpty {
            w.key(bytes: t.id.bytes)
            w.raw(s.output(of: i)?.bytes ?? JSONValue.null)
        }
        w.endObject()
    }
    public func missingRequirements(task: Int, _ s: some TemplateScope) -> [String] { [] }
    public static func compile(_ d: Bytes, flowID: Identifier?, settings: FlowSettings) -> Result<Flow, FlowProblems> {
        Flow(d, flowID).map { .success($0) } ?? .failure(FlowProblems())
    }
}
extension FlowSettings { public var patterns: ErrorPatterns { ErrorPatterns() } }
