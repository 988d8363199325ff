internal import CMicroHTTPD
internal import Glibc
internal import Platform

/// An HTTP/1.1 server: threads of libmicrohttpd answer by a table of routes.
///
/// States: listening (from `init`) → stopped (`stop`, or the last owner gone). The library's handle is owned by
/// `Daemon`, its callbacks come on the library's threads and reach us through `ServerDesk`.
public final class HTTPServer: Sendable {
    /// The port it listens on, also when 0 was asked for.
    public let port: UInt16
    private let daemon: Daemon
    private let desk: ServerDesk
    private let watch: NamedThread

    /// Listens at once.
    /// - `host`: an address in digits; `0.0.0.0` for every network of the machine.
    /// - `port`: 0 picks a free one.
    /// - `problem`: what is answered when no route does, by status and code.
    public init(
        host: String = "0.0.0.0", port: UInt16, limits: Limits = Limits(), routes: [Route],
        problem: (@Sendable (Int, String) -> Response)? = nil
    ) throws(HTTPServerError) {
        guard let address = ListenAddress(host: host, port: port) else {
            throw HTTPServerError(description: "\(host) is not an address in digits")
        }
        desk = ServerDesk(
            Router(routes: routes), limits, problem: problem ?? { ServerDesk.problem($0, $1) })
        guard let daemon = Daemon(address, limits, desk) else {
            throw HTTPServerError(description: "cannot listen on \(host):\(port): \(Daemon.lastError())")
        }
        self.daemon = daemon
        self.port = daemon.port
        watch = NamedThread("http-watch", stackBytes: 256 << 10) { [arrivals = desk.arrivals] in arrivals.watch() }
    }

    deinit { desk.arrivals.stop() }

    /// Takes no new connection, lets requests under way be answered, then closes everything.
    /// False: something was still being answered when the limit passed; it goes on, nobody waits for it.
    @discardableResult
    public func stop(within limit: Duration = .seconds(2)) -> Bool {
        daemon.refuseNew()
        // What has an answer soon gets it; then whoever still waits is told that nothing comes.
        let isDone = desk.waitUntilIdle(within: limit / 2)
        desk.resting.endAll()
        let isIdle = isDone || desk.waitUntilIdle(within: limit / 2)
        desk.arrivals.stop()
        let closing = NamedThread("http-stop", stackBytes: 256 << 10) { [daemon] in daemon.stop() }
        return closing.wait(within: isIdle ? .seconds(1) : .milliseconds(10)) && isIdle
    }
}

/// Owns the library's daemon: started in `init`, ended once by `stop`, at the latest in `deinit`.
final class Daemon: @unchecked Sendable {
    private let handle: Monitor<Handle>
    private let desk: ServerDesk
    let port: UInt16

    @safe private struct Handle: @unchecked Sendable {
        var daemon: OpaquePointer?
        /// The listening socket once it was taken from the library, else -1.
        var listening: Int32 = -1
    }

    /// - `desk`: kept alive as long as this is.
    init?(_ address: ListenAddress, _ limits: HTTPServer.Limits, _ desk: ServerDesk) {
        let numbers = flowfleet_httpd_limits(
            threads: UInt32(limits.threads), connections: UInt32(limits.connections),
            connections_per_address: UInt32(limits.connectionsPerAddress),
            timeout_seconds: UInt32(clamping: max(1, limits.idle.components.seconds)),
            memory_per_connection: limits.memoryPerConnection)
        let context = unsafe Unmanaged.passUnretained(desk).toOpaque()
        let started = unsafe address.withPointer { pointer in
            unsafe flowfleet_httpd_start(
                pointer, address.isIPv6 ? 1 : 0, numbers, answerRequest, context, endRequest, noteConnection)
        }
        guard let started = unsafe started else { return nil }
        self.desk = desk
        port = unsafe flowfleet_httpd_port(started)
        handle = unsafe Monitor(Handle(daemon: started))
    }

    deinit { stop() }

    /// New connections are refused from here on, those there are go on. The socket itself must stay open until `stop`.
    func refuseNew() {
        handle.withLock { handle in
            guard let daemon = unsafe handle.daemon, handle.listening < 0 else { return }
            handle.listening = unsafe MHD_quiesce_daemon(daemon)
            if handle.listening >= 0 { shutdown(handle.listening, Int32(SHUT_RD)) }
        }
    }

    /// Waits for the library's threads, so for every answer being made.
    func stop() {
        let taken = handle.withLock { handle in
            let taken = handle
            handle = unsafe Handle(daemon: nil)
            return taken
        }
        if let daemon = unsafe taken.daemon { unsafe MHD_stop_daemon(daemon) }
        if taken.listening >= 0 { close(taken.listening) }
    }

    static func lastError() -> String { unsafe String(cString: strerror(errno)) }
}
