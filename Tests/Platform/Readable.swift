import Glibc

enum Readable {
    /// Whether `poll` says so at once.
    static func now(_ descriptor: Int32) -> Bool {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&wanted, 1, 0) == 1
    }
}
