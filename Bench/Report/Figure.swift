/// The same thing measured several times: one subject at one load.
public struct Figure: Sendable, Equatable {
    /// What makes two measurements the same thing.
    public struct Key: Sendable, Hashable {
        public let bench: String
        public let workload: String
        public let inFlight: Int
        public let payloadBytes: Int
    }

    public let key: Key
    public let subject: String
    public let rounds: [Trial]

    public var stepsPerSecond: Spread? { Spread(rounds.map(\.stepsPerSecond)) }
    public var p50: Spread? { Spread(rounds.compactMap(\.p50)) }
    public var p99: Spread? { Spread(rounds.compactMap(\.p99)) }
    public var processorSum: Spread? { Spread(rounds.map(\.processorSum)) }
    public var logBytes: Spread? { Spread(rounds.compactMap(\.logBytes)) }
    public var walBytes: Spread? { Spread(rounds.compactMap(\.walBytes)) }
    public func processor(_ name: String) -> Spread? { Spread(rounds.compactMap { $0.processor[name] }) }
    public func other(_ name: String) -> Spread? { Spread(rounds.compactMap { $0.others[name] }) }

    /// The mean of each size over the rounds.
    public var sizes: [String: Double] {
        let kinds = Set(rounds.flatMap(\.sizes.keys))
        return Dictionary(
            uniqueKeysWithValues: kinds.map { kind in
                let values = rounds.compactMap { $0.sizes[kind] }
                return (kind, values.reduce(0, +) / Double(values.count))
            })
    }

    /// In the order in which they were first measured.
    public static func group(_ measurements: [Trial]) -> [Figure] {
        var order: [String] = []
        var groups: [String: [Trial]] = [:]
        for one in measurements {
            let name = "\(one.bench)|\(one.workload)|\(one.inFlight)|\(one.payloadBytes)|\(one.subject)"
            if groups[name] == nil { order.append(name) }
            groups[name, default: []].append(one)
        }
        return order.compactMap { name in
            guard let rounds = groups[name], let first = rounds.first else { return nil }
            let key = Key(
                bench: first.bench, workload: first.workload, inFlight: first.inFlight,
                payloadBytes: first.payloadBytes)
            return Figure(key: key, subject: first.subject, rounds: rounds)
        }
    }
}

extension Figure {
    /// The product over this floor, by steps per second; nil for the product itself and for what is not compared.
    public func ratioOfThroughput(_ product: Figure) -> Ratio? {
        guard let ours = product.stepsPerSecond, let theirs = stepsPerSecond, subject != product.subject else {
            return nil
        }
        return Ratio(ours.median, over: theirs.median, sizes: comparison(product))
    }

    /// The floor's time over the product's, so that here, too, more is better and above one is a broken floor.
    public func ratioOfTime(_ product: Figure) -> Ratio? {
        guard let ours = product.p50, let theirs = p50, subject != product.subject else { return nil }
        return Ratio(theirs.median, over: ours.median, sizes: comparison(product))
    }

    /// A floor that keeps no rows is compared by its messages only.
    public func comparison(_ product: Figure) -> SizeComparison {
        let kinds = sizes.keys.contains { $0.hasPrefix("row") } ? [] : sizes.keys.sorted()
        return SizeComparison(product: product.sizes, floor: sizes, kinds: kinds)
    }
}
