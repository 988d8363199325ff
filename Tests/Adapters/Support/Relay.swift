import Foundation
import Synchronization

/// A TCP relay between a client of ours and a server, which can stop, lose and cut what passes at an exact byte.
///
/// One thread of its own; ended by `close`.
final class Relay: Sendable {
    private struct Plan {
        var clientBudget = Int.max
        var serverBudget = Int.max
        var isCutting = false
        var isHoldingServer = false
        var clientBytes = 0
        var isClosed = false
        var connections = 0
    }
    private struct Pair {
        let client: Int32
        let server: Int32
    }

    let port: Int
    private let listener: Int32
    private let plan = Mutex(Plan())

    init(to target: Int) throws {
        (listener, port) = try Sockets.listen()
        let thread = Thread { [self] in run(target) }
        thread.start()
    }

    /// Cuts the connection once so many more bytes have gone from client to server.
    func cut(afterClientBytes count: Int) {
        plan.withLock {
            $0.clientBudget = $0.clientBytes + count
            $0.isCutting = true
        }
    }

    /// From now on the client hears nothing.
    func holdServer(_ isHolding: Bool = true) { plan.withLock { $0.isHoldingServer = isHolding } }

    /// Cuts everything that is connected.
    func cut() { cut(afterClientBytes: 0) }

    /// Lets new connections through again.
    func heal() {
        plan.withLock {
            $0.clientBudget = .max
            $0.isCutting = false
            $0.isHoldingServer = false
        }
    }

    var clientBytes: Int { plan.withLock { $0.clientBytes } }

    func close() { plan.withLock { $0.isClosed = true } }

    private func run(_ target: Int) {
        var pairs: [Pair] = []
        while !plan.withLock({ $0.isClosed }) {
            var sockets = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            let isHolding = plan.withLock { $0.isHoldingServer }
            for pair in pairs {
                sockets.append(pollfd(fd: pair.client, events: Int16(POLLIN), revents: 0))
                sockets.append(pollfd(fd: isHolding ? -1 : pair.server, events: Int16(POLLIN), revents: 0))
            }
            poll(&sockets, nfds_t(sockets.count), 2)
            if sockets[0].revents != 0 {
                let client = accept(listener, nil, nil)
                if let server = Sockets.connect(target) { pairs.append(Pair(client: client, server: server)) }
            }
            // A number that was closed may be somebody else's a moment later: nothing may ask it anything.
            var ended: Set<Int> = []
            for (index, pair) in pairs.enumerated() where 2 + 2 * index < sockets.count {
                let isOpen =
                    forward(sockets[1 + 2 * index], from: pair.client, to: pair.server, isClient: true)
                    && forward(sockets[2 + 2 * index], from: pair.server, to: pair.client, isClient: false)
                guard !isOpen || isCutNow else { continue }
                Sockets.close(pair.client, pair.server)
                ended.insert(index)
            }
            pairs = pairs.enumerated().filter { !ended.contains($0.offset) }.map(\.element)
        }
        for pair in pairs { Sockets.close(pair.client, pair.server) }
        Sockets.close(listener)
    }

    private var isCutNow: Bool { plan.withLock { $0.isCutting && $0.clientBytes >= $0.clientBudget } }

    private func forward(_ ready: pollfd, from: Int32, to: Int32, isClient: Bool) -> Bool {
        guard ready.revents != 0 else { return true }
        let allowed = plan.withLock { isClient ? min(65536, $0.clientBudget - $0.clientBytes) : 65536 }
        guard allowed > 0 else { return true }
        var buffer = [UInt8](repeating: 0, count: allowed)
        let count = recv(from, &buffer, allowed, 0)
        guard count > 0 else { return false }
        var sent = 0
        while sent < count {
            let step = buffer.withUnsafeBytes {
                send(to, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL))
            }
            guard step > 0 else { return false }
            sent += step
        }
        if isClient { plan.withLock { $0.clientBytes += count } }
        return true
    }
}

/// The few socket calls the tests need.
enum Sockets {
    struct Failure: Error {}

    /// A listener on a free port of loopback, which answers nothing by itself.
    /// - `port`: 0 takes any.
    static func listen(_ port: Int = 0) throws -> (socket: Int32, port: Int) {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = loopback(port)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && Glibc.listen(socket, 64) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard isBound else {
            close(socket)
            throw Failure()
        }
        return (socket, Int(UInt16(bigEndian: address.sin_port)))
    }

    /// Below the range of outgoing connections: a client that looks for its server there could meet itself.
    static func freePort() throws -> Int {
        for _ in 0..<100 {
            guard let (socket, port) = try? listen(Int.random(in: 15000...31999)) else { continue }
            close(socket)
            return port
        }
        throw Failure()
    }

    static func connect(_ port: Int) -> Int32? {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = loopback(port)
        let isConnected = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if isConnected { return socket }
        close(socket)
        return nil
    }

    static func close(_ sockets: Int32...) {
        for socket in sockets { Glibc.close(socket) }
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
