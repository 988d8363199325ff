import CRedis

/// Raw hiredis: commands are appended, sent together, and answered before the next batch.
final class RedisLink {
    private let context: UnsafeMutablePointer<redisContext>
    /// Commands that are sent and unanswered; commands that are not yet sent.
    private var owed = 0
    private var waiting = 0

    /// - `address`: `redis://host:port`.
    init(_ address: String) throws {
        let place = address.split(separator: "/").last?.split(separator: ":") ?? []
        guard place.count == 2, let port = Int32(place[1]), let context = redisConnect(String(place[0]), port),
            context.pointee.err == 0
        else { throw BenchError("Redis: no connection to \(address)") }
        self.context = context
    }

    deinit { redisFree(context) }

    /// One command, answered at once.
    func load(script: String) throws -> [UInt8] {
        append([Array("SCRIPT".utf8), Array("LOAD".utf8), Array(script.utf8)])
        waiting = 0
        var answer: UnsafeMutableRawPointer?
        guard redisGetReply(context, &answer) == REDIS_OK, let reply = answer?.assumingMemoryBound(to: redisReply.self)
        else { throw BenchError("Redis: no answer") }
        defer { freeReplyObject(reply) }
        return Array(UnsafeRawBufferPointer(start: reply.pointee.str, count: reply.pointee.len))
    }

    func append(_ parts: [[UInt8]]) {
        withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: parts.count) { pointers in
            let lengths = parts.map(\.count)
            // One block for all parts: their addresses must hold until hiredis has copied them.
            let block = parts.flatMap { $0 }
            block.withUnsafeBufferPointer { bytes in
                var offset = 0
                for (index, part) in parts.enumerated() {
                    let start = bytes.baseAddress.map { UnsafeRawPointer($0 + offset) }
                    pointers.initializeElement(at: index, to: start?.assumingMemoryBound(to: CChar.self))
                    offset += part.count
                }
                redisAppendCommandArgv(context, Int32(parts.count), pointers.baseAddress, lengths)
            }
        }
        waiting += 1
    }

    /// Sends what was appended and does not wait for the answers.
    func send() throws {
        var isDone: Int32 = 0
        while isDone == 0 {
            guard redisBufferWrite(context, &isDone) == REDIS_OK else { throw BenchError("Redis takes nothing") }
        }
        (owed, waiting) = (owed + waiting, 0)
    }

    /// Takes all answers that are owed.
    func settle() throws {
        while owed > 0 {
            var answer: UnsafeMutableRawPointer?
            guard redisGetReply(context, &answer) == REDIS_OK else { throw BenchError("Redis: no answer") }
            freeReplyObject(answer)
            owed -= 1
        }
    }
}
