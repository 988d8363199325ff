/// Whether a floor carries what the product carries: a ratio to a floor with other messages or rows says nothing.
public struct SizeComparison: Sendable, Equatable {
    /// How far a size may be off.
    public static let tolerance = 0.10

    /// One line for each size that is off, or that one side does not have.
    public let differences: [String]
    public var isFair: Bool { differences.isEmpty }

    /// - `kinds`: what both must have; empty: all that either has.
    public init(product: [String: Double], floor: [String: Double], kinds: [String] = []) {
        let wanted = kinds.isEmpty ? Set(product.keys).union(floor.keys).sorted() : kinds
        differences = wanted.compactMap { kind in
            guard let ours = product[kind], let theirs = floor[kind], ours > 0 else {
                return "\(kind): measured on one side only"
            }
            let off = (theirs - ours) / ours
            guard abs(off) > Self.tolerance else { return nil }
            return "\(kind): floor \(Number.text(theirs)) B, product \(Number.text(ours)) B"
        }
    }
}

/// A product's figure over a floor's, or why there is none.
public enum Ratio: Sendable, Equatable {
    case of(Double)
    /// Above one: the floor is no floor.
    case brokenFloor(Double)
    case refused([String])

    /// - `sizes`: of the two subjects.
    public init(_ product: Double, over floor: Double, sizes: SizeComparison) {
        guard sizes.isFair else {
            self = .refused(sizes.differences)
            return
        }
        let value = floor > 0 ? product / floor : 0
        self = value > 1 ? .brokenFloor(value) : .of(value)
    }

    public var text: String {
        switch self {
        case .of(let value): Number.text(value, digits: 2)
        case .brokenFloor(let value): "\(Number.text(value, digits: 2)) (broken floor)"
        case .refused: "refused: sizes differ"
        }
    }
}
