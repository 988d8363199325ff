internal import Synchronization

/// What is known of a metric before it has a value: it makes its lines in `/metrics` and in the reference page.
public struct MetricDeclaration: Sendable {
    public enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    public let name: String
    public let kind: Kind
    /// One sentence.
    public let help: String
    public let labels: [MetricLabel]
}

/// A label with the most values it may take; what comes after them is counted as `other`.
public struct MetricLabel: Sendable, ExpressibleByStringLiteral {
    public static let defaultLimit = 200

    public let name: String
    public let limit: Int

    public init(_ name: String, limit: Int = Self.defaultLimit) {
        self.name = name
        self.limit = limit
    }

    public init(stringLiteral name: String) { self.init(name) }
}

/// A metric with labels: one member for each combination of their values.
///
/// Looking a member up costs a lock and a dictionary; keep the member where the values do not change.
public final class MetricFamily<Member: Sendable>: Sendable {
    private struct State {
        var members: [[String]: Member] = [:]
        /// The values seen of each label.
        var values: [Set<String>]
    }

    private let labels: [MetricLabel]
    private let state: Mutex<State>
    private let make: @Sendable () -> Member

    init(_ labels: [MetricLabel], make: @escaping @Sendable () -> Member) {
        self.labels = labels
        self.make = make
        state = Mutex(State(values: labels.map { _ in [] }))
    }

    /// The member of these values, in the order of the labels; made when new.
    public func with(_ values: String...) -> Member { member(values) }

    func member(_ values: [String]) -> Member {
        precondition(values.count == labels.count, "a metric with \(labels.count) labels got \(values.count) values")
        return state.withLock { state in
            if let known = state.members[values] { return known }
            let bounded = zip(labels, values).enumerated().map { index, pair in
                MetricFamily.bound(pair.1, &state.values[index], pair.0.limit)
            }
            if let known = state.members[bounded] { return known }
            let new = make()
            state.members[bounded] = new
            return new
        }
    }

    func all() -> [(values: [String], member: Member)] {
        state.withLock { state in
            state.members.map { ($0.key, $0.value) }.sorted { $0.0.lexicographicallyPrecedes($1.0) }
        }
    }

    var names: [String] { labels.map(\.name) }

    private static func bound(_ value: String, _ seen: inout Set<String>, _ limit: Int) -> String {
        if seen.contains(value) { return value }
        guard seen.count < limit else { return "other" }
        seen.insert(value)
        return value
    }
}
