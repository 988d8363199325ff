internal import Glibc

/// One operating system thread with a name and a stack of known size, running one closure to its end.
///
/// It is detached: nobody has to join it, and a process may end while it still runs.
public struct NamedThread: Sendable {
    /// Deep recursion over a flow of 1,000 levels fits many times.
    public static let stackBytes = 8 << 20

    public let name: String
    private let ended: Monitor<Bool>

    /// Starts it. Fails only when the system has no threads or memory left, and then stops the process with the reason.
    public init(_ name: String, stackBytes: Int = Self.stackBytes, _ body: @escaping @Sendable () -> Void) {
        self.name = name
        let ended = Monitor(false)
        self.ended = ended
        let start = ThreadStart(name: name) {
            body()
            ended.update { $0 = true }
        }
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, stackBytes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let code = pthread_create(&thread, &attributes, runThread, Unmanaged.passRetained(start).toOpaque())
        pthread_attr_destroy(&attributes)
        precondition(code == 0, "no thread could be started: \(String(cString: strerror(code)))")
    }

    public var hasEnded: Bool { ended.withLock { $0 } }

    /// Waits for its end; false when the limit passed first.
    public func wait(within limit: Duration) -> Bool {
        ended.wait(within: limit) { $0 ? true : nil } ?? false
    }
}

private final class ThreadStart: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
    nameThisThread(start.name)
    start.body()
    return nil
}

/// Linux keeps 15 bytes of a name. By its file, because `pthread_setname_np` is not visible to Swift here.
private func nameThisThread(_ name: String) {
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    defer { close(file) }
    let bytes = Array(name.utf8.prefix(15))
    _ = write(file, bytes, bytes.count)
}
