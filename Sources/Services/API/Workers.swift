import JSON
public import Workflow

/// Shows who works now.
public struct Workers {
    private let workers: any WorkerReading

    public init(workers: any WorkerReading) { self.workers = workers }

    /// By id. What is no heartbeat is left out: anybody may write to Redis.
    public func list() throws(ServiceFailure) -> [WorkerEntry] {
        do throws(AccessFailure) {
            return try workers.heartbeats().compactMap { WorkerEntry($0) }.sorted { $0.workerID < $1.workerID }
        } catch {
            let failure = ServiceFailure(error)
            throw ServiceFailure(
                failure.code, failure.message, advice: "is it running, and is ORCHESTRATOR_REDIS_URL right?")
        }
    }
}

/// A worker as it describes itself.
public struct WorkerEntry: Sendable, Equatable {
    public let workerID: String
    public let program: String?
    public let host: String?
    public let processID: Int?
    public let version: String?
    public let since: String?
    public let seenAt: String?
    public let slots: Int?
    public let slotsInUse: Int?
    /// Handlers that were given up and have not ended.
    public let abandoned: Int?
    public let partitions: Int?
    public let isStopping: Bool
    public let handlers: [String]
    public let pools: [String]

    /// Nil for what is no object with a `worker_id`.
    init?(_ heartbeat: ArraySlice<UInt8>) {
        guard let value = try? JSONValue(validating: heartbeat), let id = WorkerEntry.text(value, "worker_id") else {
            return nil
        }
        workerID = id
        program = WorkerEntry.text(value, "program")
        host = WorkerEntry.text(value, "host")
        processID = value.member("pid")?.int
        version = WorkerEntry.text(value, "version")
        since = WorkerEntry.text(value, "since")
        seenAt = WorkerEntry.text(value, "seen_at")
        slots = value.member("slots")?.int
        slotsInUse = value.member("slots_in_use")?.int
        abandoned = value.member("abandoned")?.int
        partitions = value.member("partitions")?.int
        isStopping = value.member("stopping")?.bool ?? false
        handlers = WorkerEntry.texts(value, "handlers")
        pools = WorkerEntry.texts(value, "pools")
    }

    private static func text(_ value: JSONValue, _ name: StaticString) -> String? {
        value.member(name)?.string().map { String(decoding: $0, as: UTF8.self) }
    }

    private static func texts(_ value: JSONValue, _ name: StaticString) -> [String] {
        var texts: [String] = []
        value.member(name)?.forEachElement { element in
            if let text = element.string() { texts.append(String(decoding: text, as: UTF8.self)) }
        }
        return texts
    }
}
