internal import Platform

/// The bytes of all bodies that are in memory: they are read before it is known who sends them.
final class BodyRoom: Sendable {
    private let used = Monitor(0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    var hasRoom: Bool { used.withLock { $0 < limit } }

    func take(_ count: Int) -> Bool {
        used.withLock { used in
            guard used + count <= limit else { return false }
            used += count
            return true
        }
    }

    func give(_ count: Int) { used.withLock { $0 -= count } }
}
