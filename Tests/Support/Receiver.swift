import Foundation

/// Somebody's server for webhooks, on this machine: keeps what it got, and answers as told, or badly.
package final class Receiver: @unchecked Sendable {
    package typealias Behaviour = @Sendable (SocketRequest) -> SocketServer.Answer

    private let lock = NSLock()
    private var kept: [SocketRequest] = []
    private var behaviour: Behaviour
    private var server: SocketServer?

    package init(_ behaviour: @escaping Behaviour = { _ in .status(204) }) throws {
        self.behaviour = behaviour
        server = try SocketServer { [weak self] request in
            guard let self else { return .reset }
            let answer = lock.withLock {
                kept.append(request)
                return self.behaviour
            }
            return answer(request)
        }
    }

    deinit { server?.stop() }

    package var url: String { (server?.url ?? "") + "/hook" }
    package var requests: [SocketRequest] { lock.withLock { kept } }
    package var ids: [String] { requests.map { $0.headers["webhook-id"] ?? "" } }

    package func behave(_ behaviour: @escaping Behaviour) { lock.withLock { self.behaviour = behaviour } }

    /// Refuses connections until it starts again on the same port.
    package func stop() { server?.stop() }
    package func start() throws { try server?.start() }
}

extension SocketServer.Answer {
    package static func status(_ status: Int, headers: [String: String] = [:]) -> SocketServer.Answer {
        .response(SocketResponse(status, headers: headers))
    }
}

extension SocketRequest {
    package var text: String { String(decoding: body, as: UTF8.self) }
    package var json: JSONTree { (try? JSONTree(text: Data(body))) ?? .null }
}
