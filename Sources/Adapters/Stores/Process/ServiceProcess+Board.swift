internal import Glibc
internal import Platform
public import Redis
public import Workflow

extension ServiceProcess {
    /// The process as the board of workers shows it.
    /// - `handlers`, `pools`: only for who runs tasks.
    public func identity(handlers: [String] = [], pools: [String] = []) -> WorkerIdentity {
        WorkerIdentity(
            workerID: workerID, program: name, host: Self.host, processID: Int(getpid()), version: Product.version,
            since: since, handlers: handlers, pools: pools)
    }

    public func board(handlers: [String], pools: [String]) -> any WorkerBoard {
        RedisWorkerBoard(redisAddress(), prefix: prefix, identity: identity(handlers: handlers, pools: pools))
    }

    var prefix: String { settings[ConnectionSettings.redisPrefix] }

    /// A Redis that is away only costs pictures; an address that says nothing is a mistake somebody has to hear of.
    public func redisAddress() -> RedisAddress {
        do throws(RedisError) {
            return try RedisAddress(settings[ConnectionSettings.redisURL])
        } catch {
            end("ORCHESTRATOR_REDIS_URL cannot be read: \(error)")
        }
    }

    static let host: String = {
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, 255)
        return String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }()
}

/// Keeps a process on the board for as long as it lives, for processes that have nothing to tell but that.
final class WorkerPresence: StepService {
    private let connection: RedisConnection
    private var lines: WorkerLines
    private var isStopping = false

    init(_ address: RedisAddress, _ prefix: String, _ identity: WorkerIdentity) {
        connection = RedisConnection(address)
        lines = WorkerLines(identity, prefix: prefix)
    }

    /// Often enough for three tries within a heartbeat's lifetime. Redis gone: nothing is shown, and nothing waits.
    func step() -> StepOutcome {
        guard !isStopping else {
            lines.clear(on: connection)
            connection.close()
            return .finished
        }
        lines.show(WorkerPicture(), at: SystemTime(), on: connection)
        return .rest(.seconds(5))
    }

    func beginStop() { isStopping = true }
}
