/// The known name a mistyped one most likely meant; nil when none is near (at most a third of its letters wrong).
func nearestName(to typed: String, among names: some Sequence<String>) -> String? {
    let typedBytes = Array(typed.utf8.prefix(100))
    let ranked = names.map { (name: $0, distance: editDistance(typedBytes, Array($0.utf8))) }
    let best = ranked.min { ($0.distance, $0.name) < ($1.distance, $1.name) }
    guard let best, best.distance <= max(1, best.name.utf8.count / 3) else { return nil }
    return best.name
}

/// How many letters must be put in, left out, changed or swapped with their neighbour.
private func editDistance(_ from: [UInt8], _ to: [UInt8]) -> Int {
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
