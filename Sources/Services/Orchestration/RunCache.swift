import Workflow

/// A run in memory, found once for each input: what a turn does with it afterwards needs no look-up.
final class CachedRun {
    var machine: RunMachine
    let id: Identifier
    let lane: Int32
    /// The turn that touched it last.
    var turn = 0
    /// Its state will be shown in Redis.
    var isToShow = false
    /// False once it has left memory.
    fileprivate(set) var isCached = true
    fileprivate var lastUsed: UInt64 = 0
    fileprivate var footprint = 0

    init(_ machine: RunMachine) {
        self.machine = machine
        id = machine.row.runID
        lane = machine.row.lane
    }

    var status: RunStatus { machine.row.state.status }
}

/// Runs in memory. Only a cache: dropping any of them at any moment between turns changes no outcome.
struct RunCache {
    private var entries: [Identifier: CachedRun] = [:]
    private var uses: UInt64 = 0
    private(set) var bytes = 0
    let limit: Int

    init(limit: Int) { self.limit = limit }

    var count: Int { entries.count }
    func contains(_ id: Identifier) -> Bool { entries[id] != nil }
    subscript(_ id: Identifier) -> CachedRun? { entries[id] }

    @discardableResult
    mutating func insert(_ machine: RunMachine) -> CachedRun {
        drop(machine.runID)
        let run = CachedRun(machine)
        entries[run.id] = run
        weigh(run)
        return run
    }

    /// Tasks at work somewhere.
    var tasksOut: Int { entries.values.reduce(0) { $0 + $1.machine.tasksOut } }

    var all: [RunMachine] { entries.values.map(\.machine) }

    /// Brings the run's share of the byte count up to date and marks it as used.
    mutating func weigh(_ run: CachedRun) {
        guard run.isCached else { return }
        uses += 1
        run.lastUsed = uses
        let footprint = run.machine.footprint
        bytes += footprint - run.footprint
        run.footprint = footprint
    }

    mutating func drop(_ id: Identifier) {
        guard let run = entries.removeValue(forKey: id) else { return }
        run.isCached = false
        bytes -= run.footprint
    }

    mutating func dropAll(where isDropped: (CachedRun) -> Bool) {
        for (id, run) in entries where isDropped(run) { drop(id) }
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
