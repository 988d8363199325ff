import Workflow

/// Attempts that may be lost, on their way from the look that found them to their verdict.
///
/// Memory only: who takes a lane over finds them again at the next look. Nothing here is asked while no run had to be
/// looked at.
struct SuspectList {
    /// What one look found out, with the ends of the task topics noted after it.
    struct Look {
        var ends: [Identifier: [Int32: Int64]]
        var suspects: [Suspect]
    }

    /// Judged once each lane has been read up to here.
    struct Reading {
        var ends: [Int32: LanePosition]
        var suspects: [Suspect]
    }

    /// Everything in this list.
    private var known: Set<Suspect> = []
    /// Found by a committed look; nothing noted yet.
    var found: [Suspect] = []
    /// Until the executors have come as far as the topics went then.
    var looks: [Look] = []
    /// Until this (monotonic) time has come.
    var waiting: [(suspect: Suspect, from: Microseconds, due: Microseconds)] = []
    /// Until their lanes have read on.
    var reading: [Reading] = []
    /// To be judged in the next turn.
    var ripe: [Suspect] = []

    var isEmpty: Bool { known.isEmpty }
    var count: Int { known.count }

    mutating func add(_ suspects: [Suspect]) {
        for suspect in suspects where known.insert(suspect).inserted { found.append(suspect) }
    }

    mutating func forget(_ suspects: some Sequence<Suspect>) { known.subtract(suspects) }

    /// Drops those that something happened to, wherever they are.
    mutating func keep(where isKept: (Suspect) -> Bool) {
        guard !known.isEmpty else { return }
        let known = known.filter(isKept)
        self.known = known
        found.removeAll { !known.contains($0) }
        for index in looks.indices { looks[index].suspects.removeAll { !known.contains($0) } }
        looks.removeAll { $0.suspects.isEmpty }
        waiting.removeAll { !known.contains($0.suspect) }
        for index in reading.indices { reading[index].suspects.removeAll { !known.contains($0) } }
        reading.removeAll { $0.suspects.isEmpty }
        ripe.removeAll { !known.contains($0) }
    }
}
