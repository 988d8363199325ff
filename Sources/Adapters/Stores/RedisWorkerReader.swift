public import JSON
public import Platform
internal import Redis
public import Workflow

/// The heartbeats `worker:{worker_id}` in Redis.
public final class RedisWorkerReader: WorkerReading {
    private let address: RedisAddress
    private let prefix: String
    private static let limit = Duration.seconds(5)
    private static let page = 1_000

    public init(_ settings: Settings) throws(AccessFailure) {
        do throws(RedisError) {
            address = try RedisAddress(settings[ConnectionSettings.redisURL])
        } catch {
            throw AccessFailure(.misconfigured, "\(error)")
        }
        prefix = settings[ConnectionSettings.redisPrefix]
    }

    public func heartbeats() throws(AccessFailure) -> [Bytes] {
        let connection = RedisConnection(address)
        defer { connection.close() }
        let keys = try keys(connection)
        guard !keys.isEmpty else { return [] }
        var batch = RedisBatch()
        batch.begin(words: keys.count + 1)
        batch.add("MGET")
        for key in keys { batch.add(key) }
        return try ask(batch, connection).array?.compactMap { $0.bytes.map { $0[...] } } ?? []
    }

    private func keys(_ connection: RedisConnection) throws(AccessFailure) -> [[UInt8]] {
        var found: Set<[UInt8]> = []
        var cursor = "0"
        repeat {
            var batch = RedisBatch()
            batch.command("SCAN", cursor, "MATCH", Self.quoted(prefix) + "worker:*", "COUNT", String(Self.page))
            let page = try ask(batch, connection).array ?? []
            cursor = page.first?.bytes.map { String(decoding: $0, as: UTF8.self) } ?? "0"
            found.formUnion((page.last?.array ?? []).compactMap(\.bytes))
        } while cursor != "0"
        return found.sorted { $0.lexicographicallyPrecedes($1) }
    }

    private func ask(_ batch: RedisBatch, _ connection: RedisConnection) throws(AccessFailure) -> RedisReply {
        switch connection.call(batch, within: Self.limit) {
        case .unavailable(let error): throw AccessFailure(.unreachable, "Redis does not answer: \(error)")
        case .replies(let replies):
            let reply = replies.first ?? .null
            if let error = reply.error { throw AccessFailure(.refused, "Redis: \(error)") }
            return reply
        }
    }

    /// What a pattern would read as a wildcard stands for itself.
    private static func quoted(_ text: String) -> String {
        text.reduce(into: "") { $0 += "*?[]\\".contains($1) ? "\\\($1)" : String($1) }
    }
}
