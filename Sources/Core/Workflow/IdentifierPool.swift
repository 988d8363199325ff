import JSON

/// Remembers ids that were read lately, so that reading one again allocates nothing: a run's id comes with each of its
/// tasks, and the ids of tasks with each run.
///
/// A table without collision lists: an id pushes out the one that lay in its place.
struct IdentifierPool: Sendable {
    private static let size = 4_096
    private var places: [Identifier] = []

    /// The id with these bytes; nil where they are no valid id.
    mutating func id(_ bytes: Bytes) -> Identifier? {
        let hash = Identifier.hash(bytes)
        let place = Int(UInt(bitPattern: hash) % UInt(Self.size))
        if places.isEmpty { places = Array(repeating: Identifier([]), count: Self.size) }
        if places[place].matches(bytes, hash: hash) { return places[place] }
        guard Identifier.isValidID(bytes) else { return nil }
        places[place] = Identifier(Array(bytes), hash: hash)
        return places[place]
    }
}
