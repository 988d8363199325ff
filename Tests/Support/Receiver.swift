import Foundation
import Glibc

/// Somebody's server for webhooks, on this machine: keeps what it got, and answers as told, or badly.
package final class Receiver: @unchecked Sendable {
    package struct Request: Sendable {
        package let method: String
        package let path: String
        /// Names in lower case.
        package let headers: [String: String]
        package let body: [UInt8]
        package var text: String { String(decoding: body, as: UTF8.self) }
        package var json: JSONTree { (try? JSONTree(text: Data(body))) ?? .null }
        package var id: String { headers["webhook-id"] ?? "" }
    }

    package enum Behaviour: Sendable {
        case answer(Int, headers: [String: String] = [:], body: String = "")
        /// Accepts and says nothing until the caller goes.
        case hang
        /// Breaks the connection instead of an answer.
        case reset
        /// Something that is no HTTP.
        case garbage
        /// A right answer, this many seconds late.
        case slow(Double)
    }

    package let port: UInt16
    private let listener: Int32
    private let lock = NSLock()
    private var kept: [Request] = []
    private var behaviour: @Sendable (Request) -> Behaviour
    private var isOpen = true

    package init(port: UInt16 = 0, _ behaviour: @escaping @Sendable (Request) -> Behaviour = { _ in .answer(204) })
        throws
    {
        self.behaviour = behaviour
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 1_024) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw NotInTime("no port for a receiver") }
        self.port = UInt16(bigEndian: address.sin_port)
        listener = descriptor
        Thread { [self] in accept() }.start()
    }

    deinit { close() }

    package var url: String { "http://127.0.0.1:\(port)/hook" }
    package var requests: [Request] { lock.withLock { kept } }

    package func behave(_ behaviour: @escaping @Sendable (Request) -> Behaviour) {
        lock.withLock { self.behaviour = behaviour }
    }

    package func close() {
        let wasOpen = lock.withLock { () -> Bool in
            defer { isOpen = false }
            return isOpen
        }
        guard wasOpen else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
    }

    private func accept() {
        while true {
            let connection = Glibc.accept(listener, nil, nil)
            guard connection >= 0 else { return }
            let thread = Thread { [self] in serve(connection) }
            thread.stackSize = 256 << 10
            thread.start()
        }
    }

    private func serve(_ connection: Int32) {
        var rest: [UInt8] = []
        var isKept = true
        while isKept, let request = Self.read(connection, &rest) {
            let behaviour = lock.withLock {
                kept.append(request)
                return self.behaviour
            }
            isKept = answer(behaviour(request), connection)
        }
        Glibc.close(connection)
    }

    /// False: the connection is over.
    private func answer(_ behaviour: Behaviour, _ connection: Int32) -> Bool {
        switch behaviour {
        case .answer(let status, let headers, let body):
            var text = "HTTP/1.1 \(status) X\r\nContent-Length: \(status == 204 ? 0 : body.utf8.count)\r\n"
            for (name, value) in headers { text += "\(name): \(value)\r\n" }
            return Self.write(Array((text + "\r\n" + body).utf8), connection)
        case .hang:
            var byte: UInt8 = 0
            while Glibc.read(connection, &byte, 1) > 0 {}
            return false
        case .reset:
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
            return false
        case .garbage:
            _ = Self.write(Array("\u{1}\u{2} this is no HTTP\r\n\r\n".utf8), connection)
            return false
        case .slow(let seconds):
            Thread.sleep(forTimeInterval: seconds)
            return answer(.answer(200), connection)
        }
    }

    private static func write(_ bytes: [UInt8], _ connection: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }

    private static func read(_ connection: Int32, _ rest: inout [UInt8]) -> Request? {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        func more() -> Bool {
            let count = Glibc.read(connection, &buffer, buffer.count)
            guard count > 0 else { return false }
            rest += buffer[..<count]
            return true
        }
        var head: Range<Int>?
        while head == nil {
            head = Data(rest).range(of: Data("\r\n\r\n".utf8)).map { Int($0.lowerBound)..<Int($0.upperBound) }
            if head == nil, !more() { return nil }
        }
        guard let head else { return nil }
        let lines = String(decoding: rest[..<head.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces)
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        while rest.count < head.upperBound + length { if !more() { return nil } }
        let body = Array(rest[head.upperBound..<head.upperBound + length])
        rest = Array(rest[(head.upperBound + length)...])
        return Request(method: words.first ?? "", path: words.dropFirst().first ?? "", headers: headers, body: body)
    }
}
