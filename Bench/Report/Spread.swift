/// A figure from several runs: the middle one, and how far the others lie apart.
public struct Spread: Codable, Sendable, Equatable {
    public let median: Double
    public let least: Double
    public let most: Double

    /// - `values`: at least one; nil otherwise.
    public init?(_ values: [Double]) {
        let sorted = values.sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        (least, most) = (first, last)
        let middle = sorted.count / 2
        median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// Half of the distance between the outermost runs, as a share of the median.
    public var share: Double { median == 0 ? 0 : (most - least) / 2 / median }
}

/// Order statistics of one run's samples.
public enum Percentile {
    /// The smallest sample that at least this share of all samples does not exceed; nil without samples.
    public static func of(_ sorted: [Double], _ share: Double) -> Double? {
        guard !sorted.isEmpty else { return nil }
        let rank = Int((share * Double(sorted.count)).rounded(.up))
        return sorted[min(max(rank - 1, 0), sorted.count - 1)]
    }
}
