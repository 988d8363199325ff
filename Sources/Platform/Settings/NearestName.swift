/// Finds what somebody probably meant.
enum NearestName {
    /// The candidate with the fewest changed letters, if these are few; the first by alphabet among equals.
    static func find(_ name: String, among candidates: some Sequence<String>) -> String? {
        let limit = max(2, name.utf8.count / 4)
        let ranked = candidates.map { (distance(Array(name.utf8), Array($0.utf8)), $0) }
        let best = ranked.min { $0.0 != $1.0 ? $0.0 < $1.0 : $0.1 < $1.1 }
        return best.flatMap { $0.0 <= limit ? $0.1 : nil }
    }

    /// Levenshtein's distance: letters inserted, removed or replaced.
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (x == y ? 0 : 1))
                diagonal = row[j + 1]
                row[j + 1] = next
            }
        }
        return row[b.count]
    }
}
