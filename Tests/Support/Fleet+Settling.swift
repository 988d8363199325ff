/// Rebalances may repeat dispatches and executions, so tests that count them begin with a fleet that has settled.
extension Fleet {
    private static let lanes = 4
    private static let taskPartitions = 12

    /// Waits until every process that runs holds its share of lanes or partitions.
    package func waitUntilSettled(seconds: Double = 30) throws {
        let isSettled = Waiting.until(seconds) {
            isShared(orchestrators, "orchestrator_lanes_held", Self.lanes)
                && isShared(executors, "executor_partitions", Self.taskPartitions)
        }
        guard isSettled else { throw NotInTime("the fleet did not settle within \(seconds) s") }
    }

    /// All are held, each by one, and nobody who could hold one holds none.
    private func isShared(_ group: [FleetProcess], _ gauge: String, _ count: Int) -> Bool {
        guard !group.isEmpty else { return true }
        let held = group.map { $0.gauge(gauge) ?? 0 }
        return held.reduce(0, +) == count && held.count { $0 > 0 } == min(group.count, count)
    }
}

extension FleetProcess {
    /// A number from `/metrics`, without labels; nil when nobody answers.
    package func gauge(_ name: String) -> Int? {
        guard let metrics = get("/metrics") else { return nil }
        let line = metrics.body.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line?.split(separator: " ").last.flatMap { Double($0) }.map { Int($0) }
    }
}
