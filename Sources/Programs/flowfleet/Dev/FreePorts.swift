import Glibc
import Platform

/// Ports nobody listens on, below the range that outgoing connections use.
enum FreePorts {
    /// Given away, and perhaps not listened on yet.
    private static let given = Monitor<Set<UInt16>>([])

    static func next() -> UInt16 {
        while true {
            let port = UInt16.random(in: 15_000...31_999)
            if given.withLock({ $0.insert(port).inserted }), isFree(port) { return port }
        }
    }

    static func isFree(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
