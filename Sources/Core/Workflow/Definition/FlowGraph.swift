/// The graph of a flow's tasks by their places in the definition: order, depth, cycles, ancestry.
struct FlowGraph {
    let dependsOn: [[Int]]
    let dependents: [[Int]]
    /// Every task after its dependencies, otherwise in the order of the definition; tasks on or behind a cycle are
    /// missing.
    let order: [Int]
    /// Tasks on the longest way.
    let depth: Int

    init(dependsOn: [[Int]]) {
        self.dependsOn = dependsOn
        var dependents = [[Int]](repeating: [], count: dependsOn.count)
        for (task, dependencies) in dependsOn.enumerated() {
            for dependency in dependencies { dependents[dependency].append(task) }
        }
        self.dependents = dependents
        (order, depth) = Self.sorted(dependsOn, dependents)
    }

    var isAcyclic: Bool { order.count == dependsOn.count }
    var edges: Int { dependsOn.reduce(0) { $0 + $1.count } }

    private static func sorted(_ dependsOn: [[Int]], _ dependents: [[Int]]) -> (order: [Int], depth: Int) {
        var open = dependsOn.map(\.count)
        var level = [Int](repeating: 1, count: dependsOn.count)
        var order = dependsOn.indices.filter { open[$0] == 0 }
        order.reserveCapacity(dependsOn.count)
        var next = 0
        while next < order.count {
            let task = order[next]
            next += 1
            for dependent in dependents[task] {
                level[dependent] = max(level[dependent], level[task] + 1)
                open[dependent] -= 1
                if open[dependent] == 0 { order.append(dependent) }
            }
        }
        return (order, order.reduce(0) { max($0, level[$1]) })
    }

    /// Cycles that share no task, each as the tasks on it, a task before what depends on it. At least one if there are
    /// any.
    var cycles: [[Int]] {
        var walk = [Int](repeating: 0, count: dependsOn.count)
        for task in order { walk[task] = -1 }
        var cycles: [[Int]] = []
        for start in dependsOn.indices where walk[start] == 0 {
            var way: [Int] = []
            var task = start
            while walk[task] == 0 {
                walk[task] = start + 1
                way.append(task)
                // Every task left over depends on another one left over.
                guard let next = dependsOn[task].first(where: { walk[$0] >= 0 }) else { break }
                task = next
            }
            if walk[task] == start + 1, let first = way.firstIndex(of: task) { cycles.append(way[first...].reversed()) }
        }
        return cycles
    }

    /// Which of these pairs do not hold: `ancestor` must come before `task` on some way through an acyclic graph.
    ///
    /// Sixty-four ancestors at a time, one bit each, are carried along the order; the usual flow needs one or two
    /// rounds.
    func strangers(_ pairs: [(task: Int, ancestor: Int)]) -> [Int] {
        var strangers: [Int] = []
        var left = pairs.indices.filter { !dependsOn[pairs[$0].task].contains(pairs[$0].ancestor) }
        while !left.isEmpty {
            var bits: [Int: UInt64] = [:]
            var later: [Int] = []
            var now: [Int] = []
            for pair in left {
                let ancestor = pairs[pair].ancestor
                if bits[ancestor] == nil, bits.count < 64 { bits[ancestor] = 1 << UInt64(bits.count) }
                if bits[ancestor] == nil { later.append(pair) } else { now.append(pair) }
            }
            let seen = carried(bits)
            strangers += now.filter { seen[pairs[$0].task] & (bits[pairs[$0].ancestor] ?? 0) == 0 }
            left = later
        }
        return strangers.sorted()
    }

    /// For every task the bits of its ancestors.
    private func carried(_ bits: [Int: UInt64]) -> [UInt64] {
        var own = [UInt64](repeating: 0, count: dependsOn.count)
        for (task, bit) in bits { own[task] = bit }
        var seen = [UInt64](repeating: 0, count: dependsOn.count)
        for task in order {
            for dependency in dependsOn[task] { seen[task] |= seen[dependency] | own[dependency] }
        }
        return seen
    }
}
