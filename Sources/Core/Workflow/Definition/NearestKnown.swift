/// Finds the known name somebody probably meant.
enum NearestKnown {
    /// The name that takes the fewest changed, added or missing letters, if that is few enough to be a slip.
    static func find(_ name: [UInt8], among known: some Sequence<[UInt8]>) -> String? {
        // Any other name of one or two letters is near those: saying so helps nobody.
        guard name.count > 2 else { return nil }
        var best: [UInt8]?
        var least = max(1, min(3, name.count / 3)) + 1
        for candidate in known where abs(candidate.count - name.count) < least && candidate != name {
            let distance = distance(name, candidate)
            if distance < least { (best, least) = (candidate, distance) }
        }
        return best.map { String(decoding: $0, as: UTF8.self) }
    }

    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (line, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, other) in right.enumerated() {
                let changed = diagonal + (letter == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(changed, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}
