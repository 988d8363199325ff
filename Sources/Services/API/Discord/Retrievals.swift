import Platform

/// Commands that were told "is thinking…" and wait for their answer; a limited number.
public final class Retrievals: Sendable {
    struct Item: Sendable {
        let wish: RetrievalWish
        /// What was found for it, once it was: then only the sending is left.
        var found: RetrievalAnswer?
        var tries = 0
        /// Monotonic nanoseconds.
        var dueAt: Int64 = 0
    }

    private let items = Monitor<[Item]>([])
    private static let most = 200

    public init() {}

    var count: Int { items.withLock { $0.count } }

    /// False when too many wait already.
    /// - `notBefore`: monotonic nanoseconds.
    func add(_ wish: RetrievalWish, notBefore: Int64) -> Bool {
        items.updateOne { items in
            guard items.count < Self.most else { return false }
            items.append(Item(wish: wish, dueAt: notBefore))
            return true
        }
    }

    /// Back after a try; taken however many wait.
    func giveBack(_ item: Item) { items.updateOne { $0.append(item) } }

    /// What is due, waiting at most this long for something.
    func take(within limit: Duration, now: () -> Int64) -> Item? {
        items.wait(within: limit) { items -> Item? in
            guard let place = items.firstIndex(where: { $0.dueAt <= now() }) else { return nil }
            return items.remove(at: place)
        }
    }
}
