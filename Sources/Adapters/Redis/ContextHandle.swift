import CRedis
import Glibc

/// The one gate to hiredis.
///
/// Owns its redisContext: made in `init`, freed in `deinit`. Never blocks: hiredis' own timeouts, which it forgets with
/// every new connection, are not used. After any error the context is of no use and has to be dropped.
@safe
final class ContextHandle {
    private let context: UnsafeMutablePointer<redisContext>

    /// Starts connecting. Only resolving the host's name waits here.
    init(_ address: RedisAddress) throws(RedisError) {
        guard let context = unsafe redisConnectNonBlock(address.host, Int32(address.port)) else {
            throw RedisError(kind: .connection, message: "out of memory")
        }
        unsafe self.context = context
        if unsafe context.pointee.err != 0 { throw failure }
        _ = unsafe redisEnableKeepAlive(context)
    }

    deinit {
        unsafe redisFree(context)
    }

    func append(_ commands: [UInt8]) throws(RedisError) {
        let code = unsafe commands.withUnsafeBytes { bytes in
            unsafe redisAppendFormattedCommand(
                context, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        if code != REDIS_OK { throw failure }
    }

    /// Writes what the socket takes; true when nothing is left.
    func write() throws(RedisError) -> Bool {
        var done: Int32 = 0
        while true {
            let before = unwritten
            guard unsafe redisBufferWrite(context, &done) == REDIS_OK else { throw failure }
            if done == 1 { return true }
            if unwritten == before { return false }
        }
    }

    /// Bytes that are still in our buffer.
    var unwritten: Int { unsafe sdslen(context.pointee.obuf) }

    /// Reads what has arrived, without waiting.
    func read() throws(RedisError) {
        guard unsafe redisBufferRead(context) == REDIS_OK else { throw failure }
    }

    /// The next complete reply, or nil.
    func next() throws(RedisError) -> RedisReply? {
        var reply: UnsafeMutableRawPointer?
        guard unsafe redisGetReplyFromReader(context, &reply) == REDIS_OK else { throw failure }
        guard let reply = unsafe reply else { return nil }
        defer { unsafe freeReplyObject(reply) }
        return unsafe ReplyReader.value(reply.assumingMemoryBound(to: redisReply.self))
    }

    /// Waits until there is something to read (or room to write, if asked for), at most so many milliseconds.
    func wait(writing: Bool, milliseconds: Int32) {
        let events = POLLIN | (writing ? POLLOUT : 0)
        var socket = pollfd(fd: unsafe context.pointee.fd, events: Int16(events), revents: 0)
        unsafe poll(&socket, 1, milliseconds)
    }

    private var failure: RedisError {
        let message = unsafe withUnsafeBytes(of: context.pointee.errstr) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return RedisError(kind: .connection, message: message)
    }
}

/// Turns hiredis' replies into values.
enum ReplyReader {
    static func value(_ reply: UnsafePointer<redisReply>) -> RedisReply {
        switch unsafe reply.pointee.type {
        case REDIS_REPLY_STRING: return unsafe .bytes([UInt8](bytes(reply)))
        case REDIS_REPLY_STATUS: return unsafe .status(String(decoding: bytes(reply), as: UTF8.self))
        case REDIS_REPLY_ERROR: return unsafe .error(String(decoding: bytes(reply), as: UTF8.self))
        case REDIS_REPLY_INTEGER: return unsafe .integer(Int(reply.pointee.integer))
        case REDIS_REPLY_ARRAY:
            let elements = unsafe UnsafeBufferPointer(start: reply.pointee.element, count: reply.pointee.elements)
            return unsafe .array(elements.map { unsafe $0.map { unsafe value($0) } ?? .null })
        default: return .null
        }
    }

    private static func bytes(_ reply: UnsafePointer<redisReply>) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: reply.pointee.str, count: reply.pointee.len)
    }
}
