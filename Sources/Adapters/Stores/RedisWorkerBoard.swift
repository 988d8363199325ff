import JSON
import Platform
public import Redis
public import Workflow

/// What a worker says of itself for as long as it lives.
public struct WorkerIdentity: Sendable {
    public let workerID: String
    /// Which program it is, such as `flowfleet-executor`.
    public let program: String
    public let host: String
    public let processID: Int
    public let version: String
    /// When it started: wall clock, microseconds since 1970.
    public let since: Microseconds
    /// Empty for who runs no tasks.
    public let handlers: [String]
    public let pools: [String]

    public init(
        workerID: String, program: String, host: String, processID: Int, version: String, since: Microseconds,
        handlers: [String], pools: [String]
    ) {
        self.workerID = workerID
        self.program = program
        self.host = host
        self.processID = processID
        self.version = version
        self.since = since
        self.handlers = handlers
        self.pools = pools
    }
}

/// `worker:{worker_id}` and `task:{run_id}:{task_id}:lease` in Redis, written on a thread of their own: the executor's
/// thread only leaves its newest picture. Redis gone: nothing is shown, and nothing waits.
public final class RedisWorkerBoard: WorkerBoard {
    private struct Desk {
        var picture: WorkerPicture?
        var isClosed = false
        var isCleared = false
    }

    private let desk = Monitor(Desk())

    public init(_ address: RedisAddress, prefix: String, identity: WorkerIdentity) {
        let desk = desk
        _ = NamedThread("worker-board", stackBytes: 512 << 10) {
            let connection = RedisConnection(address)
            connection.register(WorkerLines.removal)
            var lines = WorkerLines(identity, prefix: prefix)
            while let picture = RedisWorkerBoard.newest(desk) {
                lines.show(picture, at: SystemTime(), on: connection)
            }
            lines.clear(on: connection)
            connection.close()
            desk.update { $0.isCleared = true }
        }
    }

    deinit {
        desk.update { $0.isClosed = true }
    }

    public func show(_ picture: WorkerPicture) { desk.update { $0.picture = picture } }

    public func clear() {
        desk.update { $0.isClosed = true }
        _ = desk.wait(within: .milliseconds(500)) { $0.isCleared ? true : nil }
    }

    private static func newest(_ desk: Monitor<Desk>) -> WorkerPicture? {
        let found: WorkerPicture?? = desk.wait(within: nil) { desk in
            if desk.isClosed { return .some(nil) }
            guard let picture = desk.picture else { return nil }
            desk.picture = nil
            return .some(picture)
        }
        return found ?? nil
    }
}

/// What is written now, and what of it has to be written again: on change, and every ten seconds of its thirty.
struct WorkerLines {
    private static let lifetime = 30
    private static let renewal: Int64 = 10_000_000_000

    private let identity: WorkerIdentity
    private let prefix: String
    private var shown: [Bytes: (lease: TaskLease, at: Int64)] = [:]
    private var status: (picture: WorkerPicture, at: Int64)?

    /// Takes a lease down only where it is still this worker's.
    static let removal = RedisScript(
        """
        local lease = redis.call('GET', KEYS[1])
        if lease and string.find(lease, ARGV[1], 1, true) then return redis.call('DEL', KEYS[1]) end
        return 0
        """)

    init(_ identity: WorkerIdentity, prefix: String) {
        self.identity = identity
        self.prefix = prefix
    }

    mutating func show(_ picture: WorkerPicture, at time: SystemTime, on connection: RedisConnection) {
        var batch = RedisBatch()
        let now = time.monotonic
        showStatus(picture, now, time.wall, &batch)
        showLeases(picture.leases, now, &batch)
        guard !batch.isEmpty else { return }
        if case .unavailable = connection.call(batch) { (shown, status) = ([:], nil) }
    }

    private mutating func showStatus(
        _ picture: WorkerPicture, _ now: Int64, _ wall: Microseconds, _ batch: inout RedisBatch
    ) {
        var bare = picture
        bare.leases = []
        if let status, status.picture == bare, now - status.at < Self.renewal { return }
        status = (bare, now)
        set(Array("\(prefix)worker:\(identity.workerID)".utf8), heartbeat(bare, wall), &batch)
    }

    private mutating func showLeases(_ leases: [TaskLease], _ now: Int64, _ batch: inout RedisBatch) {
        var ended = shown
        for lease in leases {
            let key = key(lease)
            ended[key] = nil
            if let known = shown[key], known.lease == lease, now - known.at < Self.renewal { continue }
            shown[key] = (lease, now)
            set(Array(key), text(lease), &batch)
        }
        for key in ended.keys {
            shown[key] = nil
            remove(key, &batch)
        }
    }

    func clear(on connection: RedisConnection) {
        guard connection.state != .gone else { return }
        var batch = RedisBatch()
        for key in shown.keys { remove(key, &batch) }
        batch.command("DEL", "\(prefix)worker:\(identity.workerID)")
        _ = connection.call(batch, within: .milliseconds(400))
    }

    private func set(_ key: [UInt8], _ value: [UInt8], _ batch: inout RedisBatch) {
        batch.begin(words: 5)
        batch.add("SET")
        batch.add(key)
        batch.add(value)
        batch.add("EX")
        batch.add(Self.lifetime)
    }

    private func remove(_ key: Bytes, _ batch: inout RedisBatch) {
        batch.evaluate(Self.removal, keys: 1, arguments: 1)
        batch.add(key)
        batch.add("\"worker_id\":\"\(identity.workerID)\"")
    }

    private func key(_ lease: TaskLease) -> Bytes {
        Array("\(prefix)task:".utf8) + lease.runID + [UInt8(ascii: ":")] + lease.taskID + Array(":lease".utf8)
    }

    private func text(_ lease: TaskLease) -> [UInt8] {
        var writer = JSONWriter(reserving: 160)
        writer.beginObject()
        writer.member("worker_id", string: identity.workerID)
        writer.member("attempt", int: lease.attempt)
        writer.member("since", string: Timestamp.text(lease.since))
        writer.memberIfPresent("progress", raw: lease.progress)
        writer.endObject()
        return writer.bytes
    }

    private func heartbeat(_ picture: WorkerPicture, _ wall: Microseconds) -> [UInt8] {
        var writer = JSONWriter(reserving: 512)
        writer.beginObject()
        writer.member("worker_id", string: identity.workerID)
        writer.member("program", string: identity.program)
        writer.member("host", string: identity.host)
        writer.member("pid", int: identity.processID)
        writer.member("version", string: identity.version)
        writer.member("since", string: Timestamp.text(identity.since))
        writer.member("seen_at", string: Timestamp.text(wall))
        if !identity.handlers.isEmpty { write(picture, &writer) }
        writer.member("stopping", bool: picture.isStopping)
        writer.endObject()
        return writer.bytes
    }

    /// What only who runs tasks has.
    private func write(_ picture: WorkerPicture, _ writer: inout JSONWriter) {
        list("handlers", identity.handlers, &writer)
        list("pools", identity.pools, &writer)
        writer.member("slots", int: picture.slots)
        writer.member("slots_in_use", int: picture.slotsInUse)
        writer.member("abandoned", int: picture.abandoned)
        writer.member("partitions", int: picture.partitions)
    }

    private func list(_ name: StaticString, _ texts: [String], _ writer: inout JSONWriter) {
        writer.key(name)
        writer.beginArray()
        for text in texts { writer.string(text) }
        writer.endArray()
    }
}
