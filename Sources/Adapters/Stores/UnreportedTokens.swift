/// Tokens of results that a producer has and did not report yet. Each has a place, which is what the producer is given
/// to bring back: nothing is looked up by hash.
struct UnreportedTokens {
    private var tokens: [Int?] = []
    private var free: [Int] = []

    mutating func add(_ token: Int) -> Int {
        guard let place = free.popLast() else {
            tokens.append(token)
            return tokens.count - 1
        }
        tokens[place] = token
        return place
    }

    /// Nil for a place that holds none.
    mutating func take(_ place: Int) -> Int? {
        guard tokens.indices.contains(place), let token = tokens[place] else { return nil }
        tokens[place] = nil
        free.append(place)
        return token
    }

    mutating func takeAll() -> [Int] {
        defer { self = UnreportedTokens() }
        return tokens.compactMap { $0 }
    }
}
