/// What a floor carries, each more than the one before.
enum FloorKind: String, CaseIterable {
    /// The product's messages, rows and Redis commands, and nothing decided.
    case f1 = "F1"
    /// The bare chain: messages only, no state.
    case f2 = "F2"
    /// F2, and the product's SQL transaction before each publishing.
    case f3 = "F3"
    /// F3, whose tasks change their partition every 64, as they do while nobody knows how long they take.
    case f3Spread = "F3-64"
    /// F3, where a chain goes out as one message whose results come one after another.
    case f4 = "F4"

    var keepsRows: Bool { self != .f2 }
    var showsRuns: Bool { self == .f1 }
    var hasSegments: Bool { self == .f4 }
    /// Tasks that go to one partition before the next; nil: a turn's.
    var tasksInARow: Int? { self == .f3Spread ? 64 : nil }
}
