import Glibc

/// One connection to Redis, used by one thread at a time; every wait in it has an end, and none throws.
///
/// - `call` sends a batch and waits for its replies; `post` sends and returns, its replies are read by what comes next.
/// - **gone**: no connection. Calls answer `unavailable` at once until it is time for the next attempt (50 ms after the
///   loss, then twice as long each time, 5 s at most); the first call after that moment starts one.
/// - **connecting**: the socket or the login (AUTH, SELECT, scripts) is under way; posted commands wait in our buffer.
/// - **ready**: the login was answered. Any error, or silence beyond its limit, leads back to gone.
public final class RedisConnection {
    public enum State: Sendable { case gone, connecting, ready }

    public let address: RedisAddress
    public private(set) var state = State.gone
    /// Why it was last lost.
    public private(set) var lastError: RedisError?
    /// Posted commands that the server refused, and its words for the last of them.
    public private(set) var refusedPosts = 0
    public private(set) var lastRefusal: String?

    private let limits: RedisLimits
    private let clock: () -> Int64
    private var context: ContextHandle?
    private var reconnection: Reconnection
    private var scripts: [RedisScript] = []
    private var needsScripts = false
    private var connectingSince: Int64 = 0
    private var flights = FlightList()

    /// Connects when it is first used.
    /// - `clock`: monotonic nanoseconds.
    public init(
        _ address: RedisAddress, limits: RedisLimits = RedisLimits(),
        clock: @escaping () -> Int64 = monotonicNanoseconds
    ) {
        self.address = address
        self.limits = limits
        self.clock = clock
        reconnection = Reconnection(limits)
        ignoreBrokenPipes()
    }

    /// Has the script loaded with every new connection. Register before the first use.
    public func register(_ script: RedisScript) {
        scripts.append(script)
        needsScripts = state != .gone
    }

    /// Sends the batch and waits for its replies (and for those of posts before it).
    public func call(_ batch: RedisBatch, within limit: Duration? = nil) -> RedisAnswer {
        do throws(RedisError) {
            try enqueue(batch, .awaited)
            let deadline = clock() + (limit ?? limits.answer).wholeNanoseconds
            while !flights.isAnswered {
                try advance()
                if flights.isAnswered { break }
                try waitForMore(until: deadline)
            }
            return .replies(flights.takeAnswer())
        } catch {
            return .unavailable(fail(error))
        }
    }

    /// Sends the batch without ever waiting. Nil: it is on its way; what becomes of it is not told, only counted.
    public func post(_ batch: RedisBatch) -> RedisError? {
        do throws(RedisError) {
            try advance()
            try checkRoom(for: batch)
            try enqueue(batch, .posted)
            try advance()
            return nil
        } catch {
            return error.kind == .full ? error : fail(error)
        }
    }

    /// Moves bytes and takes replies of posts, without waiting. For idle moments between posts.
    public func collect() {
        do throws(RedisError) { try advance() } catch { _ = fail(error) }
    }

    /// Posted commands without a reply so far.
    public var outstanding: Int { flights.outstanding }

    public func close() {
        context = nil
        state = .gone
        flights = FlightList()
    }
}

extension RedisConnection {
    private func enqueue(_ batch: RedisBatch, _ purpose: FlightList.Purpose) throws(RedisError) {
        precondition(batch.isComplete, "the last command of the batch is not complete")
        let context = try opened()
        if needsScripts { try loadScripts(context) }
        try context.append(batch.encoded)
        flights.add(batch.count, purpose, at: clock())
    }

    private func opened() throws(RedisError) -> ContextHandle {
        if let context { return context }
        guard reconnection.mayTry(at: clock()) else {
            throw RedisError(kind: .gone, message: lastError?.message ?? "not connected")
        }
        let context = try ContextHandle(address)
        self.context = context
        state = .connecting
        connectingSince = clock()
        try logIn(context)
        return context
    }

    private func logIn(_ context: ContextHandle) throws(RedisError) {
        var batch = RedisBatch()
        if let password = address.password {
            batch.command(["AUTH"] + (address.user.map { [$0] } ?? []) + [password])
        }
        if address.database != 0 { batch.command("SELECT", String(address.database)) }
        batch.command("PING")
        try context.append(batch.encoded)
        flights.add(batch.count, .login, at: clock())
        needsScripts = !scripts.isEmpty
    }

    private func loadScripts(_ context: ContextHandle) throws(RedisError) {
        var batch = RedisBatch()
        for script in scripts { batch.command("SCRIPT", "LOAD", script.source) }
        try context.append(batch.encoded)
        flights.add(batch.count, .posted, at: clock())
        needsScripts = false
    }

    /// Writes, reads and takes what there is.
    private func advance() throws(RedisError) {
        guard let context else { return }
        _ = try context.write()
        try context.read()
        while let reply = try context.next() { try take(reply) }
        try checkSilence()
    }

    private func take(_ reply: RedisReply) throws(RedisError) {
        switch flights.land(reply, at: clock()) {
        case .login:
            if let error = reply.error { throw RedisError(kind: .login, message: error) }
            if !flights.isLoggingIn {
                state = .ready
                reconnection.succeeded()
            }
        case .posted:
            if let error = reply.error { refuse(error) }
        case .awaited:
            if let error = reply.error, error.hasPrefix("NOSCRIPT") { needsScripts = !scripts.isEmpty }
        case nil:
            throw RedisError(kind: .connection, message: "a reply nobody asked for")
        }
    }

    /// A script the server forgot is loaded again before the next batch; what was posted for it is lost, as posts may.
    private func refuse(_ message: String) {
        refusedPosts += 1
        lastRefusal = message
        if message.hasPrefix("NOSCRIPT") { needsScripts = !scripts.isEmpty }
    }

    private func checkSilence() throws(RedisError) {
        let now = clock()
        if state == .connecting, now - connectingSince > limits.connect.wholeNanoseconds {
            throw RedisError(kind: .timeout, message: "\(address) does not let us connect in time")
        }
        if let since = flights.silentSince, now - since > limits.answer.wholeNanoseconds {
            throw RedisError(kind: .timeout, message: "\(address) does not answer in time")
        }
    }

    private func checkRoom(for batch: RedisBatch) throws(RedisError) {
        let bytes = (context?.unwritten ?? 0) + batch.byteCount
        guard flights.outstanding + batch.count <= limits.postedCommands, bytes <= limits.postedBytes else {
            throw RedisError(kind: .full, message: "\(flights.outstanding) posted commands wait for an answer")
        }
    }

    private func waitForMore(until deadline: Int64) throws(RedisError) {
        let now = clock()
        guard now < deadline, let context else {
            throw RedisError(kind: .timeout, message: "\(address) does not answer in time")
        }
        // Short enough that the limits for connecting and for silence are looked at as well.
        let milliseconds = min(50, (deadline - now + 999_999) / 1_000_000)
        context.wait(writing: context.unwritten > 0, milliseconds: Int32(milliseconds))
    }

    /// After any error the context is dropped; refusing to try yet is none.
    private func fail(_ error: RedisError) -> RedisError {
        guard error.kind != .gone else { return error }
        close()
        lastError = error
        reconnection.failed(at: clock())
        return error
    }
}

/// Nanoseconds that only rise, whatever happens to the wall clock.
public func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// hiredis writes to sockets that may be closed: that must be an error, not the end of the process.
private func ignoreBrokenPipes() {
    signal(SIGPIPE, SIG_IGN)
}
