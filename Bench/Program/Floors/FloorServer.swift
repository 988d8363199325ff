import CMicroHTTPD
import Foundation

/// The floor of the gateway: bare libmicrohttpd that takes a body, throws it away, and answers always the same.
enum FloorServer {
    /// - `words`: the port, and what each answer's body is; serves until it is ended by a signal.
    static func run(_ words: [String]) throws {
        guard words.count == 2, let port = UInt16(words[0]) else { throw BenchError("bench server PORT BODY") }
        let body = Answer(words[1])
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let limits = flowfleet_httpd_limits(
            threads: 2, connections: 1_000, connections_per_address: 1_000, timeout_seconds: 60,
            memory_per_connection: 64 << 10)
        let daemon = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                flowfleet_httpd_start(
                    address, 0, limits, handle, Unmanaged.passRetained(body).toOpaque(), { _, _, _, _ in }, nil)
            }
        }
        guard daemon != nil else { throw BenchError("port \(port) cannot be opened") }
        while true { pause() }
    }

    /// What every request gets.
    private final class Answer {
        let response: OpaquePointer?

        init(_ text: String) {
            var text = text
            response = text.withUTF8 { bytes in
                MHD_create_response_from_buffer(
                    bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
            }
            MHD_add_response_header(response, "Content-Type", "application/json")
        }
    }

    /// The first call of a request is its head; then come pieces of its body; the one without any is its end.
    private static let handle: MHD_AccessHandlerCallback = { context, connection, _, _, _, _, size, state in
        guard let state, let size, let context else { return MHD_Result.NO }
        if state.pointee == nil {
            state.pointee = context
            return MHD_Result.YES
        }
        if size.pointee > 0 {
            size.pointee = 0
            return MHD_Result.YES
        }
        let answer = Unmanaged<Answer>.fromOpaque(context).takeUnretainedValue()
        return MHD_queue_response(connection, 200, answer.response)
    }
}
