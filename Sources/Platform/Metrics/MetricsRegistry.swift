internal import Synchronization

/// All metrics of a process: each is declared once, at start, and gives its values when `/metrics` is read.
public final class MetricsRegistry: Sendable {
    struct Entry: Sendable {
        let declaration: MetricDeclaration
        let write: @Sendable (inout MetricsText) -> Void
    }

    private let entries = Mutex<[Entry]>([])

    public init() {}

    public func counter(_ name: String, _ help: String) -> Counter {
        let counter = Counter()
        add(name, .counter, help) { $0.sample(name, [], [], Double(counter.value)) }
        return counter
    }

    public func gauge(_ name: String, _ help: String) -> Gauge {
        let gauge = Gauge()
        add(name, .gauge, help) { $0.sample(name, [], [], gauge.value) }
        return gauge
    }

    public func histogram(_ name: String, _ help: String, bounds: [Double] = Histogram.seconds) -> Histogram {
        let histogram = Histogram(bounds: bounds)
        add(name, .histogram, help) { $0.histogram(name, [], [], histogram) }
        return histogram
    }

    /// - `known`: value combinations that are shown from the start, with 0.
    public func counters(
        _ name: String, _ help: String, labels: [MetricLabel], known: [[String]] = []
    ) -> MetricFamily<Counter> {
        let family = MetricFamily(labels) { Counter() }
        for values in known { _ = family.member(values) }
        add(name, .counter, help, labels) { text in
            for (values, member) in family.all() { text.sample(name, family.names, values, Double(member.value)) }
        }
        return family
    }

    public func gauges(_ name: String, _ help: String, labels: [MetricLabel]) -> MetricFamily<Gauge> {
        let family = MetricFamily(labels) { Gauge() }
        add(name, .gauge, help, labels) { text in
            for (values, member) in family.all() { text.sample(name, family.names, values, member.value) }
        }
        return family
    }

    public func histograms(
        _ name: String, _ help: String, labels: [MetricLabel], bounds: [Double] = Histogram.seconds
    ) -> MetricFamily<Histogram> {
        let family = MetricFamily(labels) { Histogram(bounds: bounds) }
        add(name, .histogram, help, labels) { text in
            for (values, member) in family.all() { text.histogram(name, family.names, values, member) }
        }
        return family
    }

    /// A value that is asked for when `/metrics` is read; nil leaves it out.
    public func observed(
        _ name: String, _ kind: MetricDeclaration.Kind, _ help: String, _ read: @escaping @Sendable () -> Double?
    ) {
        add(name, kind, help) { text in
            if let value = read() { text.sample(name, [], [], value) }
        }
    }

    public var declarations: [MetricDeclaration] { entries.withLock { $0.map(\.declaration) } }

    /// The answer of `/metrics`, in Prometheus' text format 0.0.4.
    public func text() -> [UInt8] {
        let all = entries.withLock { $0 }
        var text = MetricsText()
        for entry in all {
            text.head(entry.declaration)
            entry.write(&text)
        }
        return text.bytes
    }

    private func add(
        _ name: String, _ kind: MetricDeclaration.Kind, _ help: String, _ labels: [MetricLabel] = [],
        _ write: @escaping @Sendable (inout MetricsText) -> Void
    ) {
        let declaration = MetricDeclaration(name: name, kind: kind, help: help, labels: labels)
        entries.withLock { entries in
            precondition(!entries.contains { $0.declaration.name == name }, "the metric \(name) is declared twice")
            entries.append(Entry(declaration: declaration, write: write))
        }
    }
}
