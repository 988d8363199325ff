/// A random flow and, worked out by a plain recursion of its own, what a run of it must give.
package struct RandomGraph: Sendable {
    package let definition: JSONTree
    package let expected: ExpectedHistory.Run
    /// Message ids of the dead letters of a run, without the run's own id.
    package let deadTasks: [String]

    private enum Kind { case echo, failing, degrading }

    package init(using random: inout SeededRandom) {
        let count = Int.random(in: 1...10, using: &random)
        var tasks: [JSONTree] = []
        var statuses: [String] = []
        var outputs: [JSONTree] = []
        var parents: [[Int]] = []
        for index in 0..<count {
            parents.append((0..<index).filter { _ in Int.random(in: 0..<3, using: &random) == 0 })
            let kind: Kind =
                switch Int.random(in: 0..<20, using: &random) {
                case 0: .failing
                case 1: .degrading
                default: .echo
                }
            tasks.append(Self.task(index, kind, after: parents[index]))
            let isReached = parents[index].allSatisfy { statuses[$0] == "succeeded" || statuses[$0] == "degraded" }
            statuses.append(!isReached ? "skipped" : Self.status(of: kind))
            outputs.append(
                statuses[index] == "succeeded" ? Self.output(index, parents[index].map { outputs[$0] }) : .null)
        }
        let shown = (0..<count).filter { statuses[$0] == "succeeded" }
        let output = JSONTree.object(
            Dictionary(uniqueKeysWithValues: shown.map { ("t\($0)", .string("${tasks.t\($0).output.v}")) }))
        definition = Flows.flow(tasks, output: output)
        let hasFailed = statuses.contains("failed")
        expected = ExpectedHistory.Run(
            status: hasFailed ? "failed" : "completed",
            tasks: Dictionary(uniqueKeysWithValues: (0..<count).map { ("t\($0)", statuses[$0]) }),
            output: hasFailed
                ? nil
                : .object(Dictionary(uniqueKeysWithValues: shown.map { ("t\($0)", outputs[$0]["v"] ?? .null) })))
        deadTasks = (0..<count).filter { statuses[$0] == "failed" || statuses[$0] == "degraded" }.map { "t\($0)/0" }
    }

    private static func status(of kind: Kind) -> String {
        switch kind {
        case .echo: "succeeded"
        case .failing: "failed"
        case .degrading: "degraded"
        }
    }

    /// The value of a task: its number, joined with the values of those it depends on; a degraded one has none.
    private static func output(_ index: Int, _ above: [JSONTree]) -> JSONTree {
        ["v": .string("\(index)(" + above.map { $0["v"]?.string ?? "-" }.joined(separator: ",") + ")")]
    }

    private static func task(_ index: Int, _ kind: Kind, after parents: [Int]) -> JSONTree {
        let ids = parents.map { "t\($0)" }
        let above = ids.map { "${tasks.\($0).output.v ?? \"-\"}" }.joined(separator: ",")
        let none: [String: JSONTree] = ["max_retries": 0]
        switch kind {
        case .echo: return Flows.task("t\(index)", after: ids, inputs: ["v": .string("\(index)(\(above))")])
        case .failing: return Flows.task("t\(index)", "fail", after: ids, inputs: ["error": "invalid"], more: none)
        case .degrading:
            return Flows.task(
                "t\(index)", "fail", after: ids, inputs: ["error": "invalid"],
                more: none.merging(["on_failure": "degrade"]) { $1 })
        }
    }
}
