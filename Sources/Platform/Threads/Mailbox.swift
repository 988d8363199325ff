internal import Glibc

/// A queue from many threads to one, that wakes its reader by a condition or, in a poll loop, by a file descriptor.
///
/// - Order is kept for each sender. Nothing is lost: a full box refuses, it never drops.
/// - `wakeDescriptor` (when asked for) is readable while there may be something; `takeAll` makes it quiet again.
public final class Mailbox<Element: Sendable>: Sendable {
    private let queue = Monitor<[Element]>([])
    private let event: WakePipe?
    public let capacity: Int

    public init(capacity: Int = .max, wakesDescriptor: Bool = false) {
        self.capacity = capacity
        event = wakesDescriptor ? WakePipe() : nil
    }

    public var wakeDescriptor: Int32? { event?.descriptor }
    public var count: Int { queue.withLock { $0.count } }

    /// False: the box is full, the element was not taken.
    @discardableResult
    public func send(_ element: Element) -> Bool {
        let wasTaken = queue.update { elements in
            guard elements.count < capacity else { return false }
            elements.append(element)
            return true
        }
        if wasTaken { event?.signal() }
        return wasTaken
    }

    /// Everything there is, without waiting.
    public func takeAll() -> [Element] {
        event?.clear()
        return queue.withLock { elements in
            guard !elements.isEmpty else { return [] }
            let all = elements
            elements.removeAll(keepingCapacity: all.count < 4096)
            return all
        }
    }

    /// Everything there is, waiting for the first at most `limit`.
    public func takeAll(within limit: Duration) -> [Element] {
        _ = queue.wait(within: limit) { $0.isEmpty ? nil : true }
        return takeAll()
    }
}

/// A pipe that wakes `poll`; never blocks. Closed with its last owner.
final class WakePipe: Sendable {
    let descriptor: Int32
    private let writeEnd: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        pipe(&ends)
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (descriptor, writeEnd) = (ends[0], ends[1])
    }

    deinit {
        close(descriptor)
        close(writeEnd)
    }

    func signal() {
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

    func clear() {
        var bytes = (UInt64(0), UInt64(0), UInt64(0), UInt64(0))
        while read(descriptor, &bytes, 32) == 32 {}
    }
}
