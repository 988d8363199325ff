internal import Synchronization

/// A number that only grows. Adding costs one atomic instruction, from any thread.
public final class Counter: Sendable {
    private let total = Atomic<Int>(0)

    public init() {}

    public var value: Int { total.load(ordering: .relaxed) }

    public func add(_ count: Int = 1) { total.wrappingAdd(count, ordering: .relaxed) }
}

/// A number that goes up and down.
public final class Gauge: Sendable {
    private let bits = Atomic<UInt64>(0)

    public init() {}

    public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    public func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    public func set(_ value: Int) { set(Double(value)) }

    public func add(_ change: Double = 1) {
        var known = bits.load(ordering: .relaxed)
        while true {
            let next = (Double(bitPattern: known) + change).bitPattern
            let (isDone, current) = bits.weakCompareExchange(expected: known, desired: next, ordering: .relaxed)
            if isDone { return }
            known = current
        }
    }
}
