internal import Glibc

/// An IPv4 or IPv6 address and a port as the kernel wants them.
struct ListenAddress {
    private var storage = sockaddr_storage()
    let isIPv6: Bool

    /// Nil when `host` is not an address in digits (`0.0.0.0`, `127.0.0.1`, `::1`; also `localhost`).
    init?(host: String, port: UInt16) {
        let host = host == "localhost" ? "127.0.0.1" : host
        var four = sockaddr_in()
        var six = sockaddr_in6()
        if unsafe inet_pton(AF_INET, host, &four.sin_addr) == 1 {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            unsafe withUnsafeMutableBytes(of: &storage) { raw in
                unsafe withUnsafeBytes(of: four) { unsafe raw.copyMemory(from: $0) }
            }
            isIPv6 = false
        } else if unsafe inet_pton(AF_INET6, host, &six.sin6_addr) == 1 {
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = port.bigEndian
            unsafe withUnsafeMutableBytes(of: &storage) { raw in
                unsafe withUnsafeBytes(of: six) { unsafe raw.copyMemory(from: $0) }
            }
            isIPv6 = true
        } else {
            return nil
        }
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>) -> Result) -> Result {
        unsafe withUnsafePointer(to: storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0) }
        }
    }
}
