/// Finds what somebody probably meant.
public enum NearestName {
    /// The candidate with the fewest slips, if these are few: a third of the letters, seven at most. The first by
    /// alphabet among equals.
    public static func find(_ name: String, among candidates: some Sequence<String>) -> String? {
        let typed = Array(name.utf8.prefix(100))
        let ranked = candidates.map { (distance: distance(typed, Array($0.utf8)), name: $0) }
        let best = ranked.min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        return best.flatMap { $0.distance <= max(1, min(typed.count / 3, 7)) ? $0.name : nil }
    }

    /// How many letters must be put in, left out, changed or swapped with their neighbour.
    private static func distance(_ from: [UInt8], _ to: [UInt8]) -> Int {
        var before: [Int] = []
        var last = Array(0...to.count)
        for (row, letter) in from.enumerated() {
            var current = [row + 1]
            for (column, other) in to.enumerated() {
                var best = min(last[column + 1] + 1, current[column] + 1, last[column] + (letter == other ? 0 : 1))
                if row > 0, column > 0, letter == to[column - 1], from[row - 1] == other {
                    best = min(best, before[column - 1] + 1)
                }
                current.append(best)
            }
            (before, last) = (last, current)
        }
        return last[to.count]
    }
}
