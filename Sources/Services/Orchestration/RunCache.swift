import Workflow

/// Runs in memory. Only a cache: dropping any of them at any moment between turns changes no outcome.
struct RunCache {
    private final class Entry {
        var machine: RunMachine
        var lastUsed: UInt64 = 0
        var footprint = 0
        init(_ machine: RunMachine) { self.machine = machine }
    }

    private var entries: [Identifier: Entry] = [:]
    private var uses: UInt64 = 0
    private(set) var bytes = 0
    let limit: Int

    init(limit: Int) { self.limit = limit }

    var count: Int { entries.count }
    func contains(_ id: Identifier) -> Bool { entries[id] != nil }

    mutating func insert(_ machine: RunMachine) {
        drop(machine.runID)
        entries[machine.runID] = Entry(machine)
        weigh(machine.runID)
    }

    /// Tasks at work somewhere.
    var tasksOut: Int { entries.values.reduce(0) { $0 + $1.machine.tasksOut } }

    var all: [RunMachine] { entries.values.map(\.machine) }

    func read(_ id: Identifier) -> RunMachine? { entries[id]?.machine }

    /// Changes a run in place; nil when it is not in memory.
    func with<Answer>(_ id: Identifier, _ body: (inout RunMachine) -> Answer) -> Answer? {
        guard let entry = entries[id] else { return nil }
        return body(&entry.machine)
    }

    /// Brings the run's share of the byte count up to date and marks it as used.
    mutating func weigh(_ id: Identifier) {
        guard let entry = entries[id] else { return }
        uses += 1
        entry.lastUsed = uses
        let footprint = entry.machine.footprint
        bytes += footprint - entry.footprint
        entry.footprint = footprint
    }

    mutating func drop(_ id: Identifier) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        bytes -= entry.footprint
    }

    mutating func dropAll(where isDropped: (RunMachine) -> Bool) {
        for (id, entry) in entries where isDropped(entry.machine) { drop(id) }
    }

    /// Forgets the runs used longest ago until a quarter of the limit is free; everything when the limit is zero.
    mutating func trim() {
        guard bytes > limit else { return }
        let goal = limit / 4 * 3
        for (id, _) in entries.sorted(by: { $0.value.lastUsed < $1.value.lastUsed }) {
            guard bytes > goal else { return }
            drop(id)
        }
    }
}

/// Runs that ended lately: answers late results without asking Postgres. Bounded, oldest out first.
struct EndedRuns {
    private var statuses: [Identifier: RunStatus] = [:]
    private var order: [Identifier] = []
    private var head = 0
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    subscript(_ id: Identifier) -> RunStatus? { statuses[id] }

    mutating func note(_ id: Identifier, _ status: RunStatus) {
        guard limit > 0 else { return }
        if statuses.updateValue(status, forKey: id) == nil { order.append(id) }
        guard order.count - head > limit else { return }
        statuses[order[head]] = nil
        head += 1
        if head > limit { (order, head) = (Array(order[head...]), 0) }
    }

    mutating func forget(_ id: Identifier) { statuses[id] = nil }
    mutating func removeAll() { self = EndedRuns(limit: limit) }
}
