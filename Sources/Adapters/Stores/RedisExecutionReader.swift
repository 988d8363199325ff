import JSON
public import Platform
internal import Redis
public import Workflow

/// The leases `task:{run_id}:{task_id}:lease` in Redis.
public final class RedisExecutionReader: ExecutionReading {
    private let address: RedisAddress
    private let prefix: String

    public init(_ settings: Settings) throws(AccessFailure) {
        do throws(RedisError) {
            address = try RedisAddress(settings[ConnectionSettings.redisURL])
        } catch {
            throw AccessFailure(.misconfigured, "\(error)")
        }
        prefix = settings[ConnectionSettings.redisPrefix]
    }

    public func executions(of runID: String, _ taskIDs: [String]) throws(AccessFailure) -> [String: TaskExecution] {
        guard !taskIDs.isEmpty else { return [:] }
        let connection = RedisConnection(address)
        defer { connection.close() }
        var batch = RedisBatch()
        batch.begin(words: taskIDs.count + 1)
        batch.add("MGET")
        for id in taskIDs { batch.add(Array("\(prefix)task:\(runID):\(id):lease".utf8)) }
        guard case .replies(let replies) = connection.call(batch, within: .seconds(2)) else {
            throw AccessFailure(.unreachable, "Redis does not answer")
        }
        var found: [String: TaskExecution] = [:]
        for (id, reply) in zip(taskIDs, replies.first?.array ?? []) {
            guard let bytes = reply.bytes, let lease = try? JSONValue(validating: bytes[...]),
                let worker = lease.member("worker_id")?.string(), let since = lease.member("since")?.string()
            else { continue }
            found[id] = TaskExecution(
                workerID: String(decoding: worker, as: UTF8.self), attempt: lease.member("attempt")?.int ?? 0,
                since: String(decoding: since, as: UTF8.self))
        }
        return found
    }
}
