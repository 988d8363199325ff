import JSON
import Workflow

/// A small random flow, and what a reader of its definition would expect of a run.
struct SimFlow {
    struct Task {
        var id: String
        var dependsOn: [Int]
        var maxRetries: Int
        var degrades: Bool
        /// Seconds; longer than any simulated handler takes, shorter than what a stopped process may sleep.
        var timeout: Int
        /// A dependency whose output must have a member that a failed, degraded one lacks.
        var requires: Int?
        /// A dependency whose output is put into the inputs by a template.
        var reads: Int?
        /// Goes out in a message of its own.
        var isAlone = false
    }

    let id: String
    var tasks: [Task] = []
    let failFast: Bool
    /// Sent with each request; otherwise registered.
    let isInline: Bool
    let definition: Bytes

    init(_ id: String, _ dice: inout Dice) {
        self.id = id
        failFast = dice.chance(120)
        isInline = dice.chance(500)
        let shape = dice.below(4)
        let count = dice.from(1...5)
        for index in 0..<count {
            let above = Self.dependencies(of: index, count, shape, &dice)
            var task = Task(
                id: "t\(index)", dependsOn: above, maxRetries: dice.below(3), degrades: dice.chance(150),
                timeout: dice.pick([10, 30, 60]))
            if !above.isEmpty, dice.chance(150) { task.requires = dice.pick(above) }
            if !above.isEmpty, dice.chance(400) { task.reads = dice.pick(above) }
            task.isAlone = dice.chance(100)
            tasks.append(task)
        }
        definition = Self.text(id, tasks, failFast, isNamed: dice.chance(500))
    }

    private static func dependencies(of index: Int, _ count: Int, _ shape: Int, _ dice: inout Dice) -> [Int] {
        switch shape {
        case 0: index == 0 ? [] : [index - 1]
        case 1: index == 0 ? [] : index == count - 1 ? Array(0..<index) : [0]
        default: (0..<index).filter { _ in dice.chance(400) }
        }
    }

    private static func text(_ id: String, _ tasks: [Task], _ failFast: Bool, isNamed: Bool) -> Bytes {
        let list = tasks.map { task in
            let above = task.dependsOn.map { "\"t\($0)\"" }.joined(separator: ",")
            let onFailure = task.degrades ? ",\"on_failure\":\"degrade\"" : ""
            let limits = "\"max_retries\":\(task.maxRetries),\"timeout\":\(task.timeout)"
            return "{\"task_id\":\"\(task.id)\",\"handler\":\"script\",\"depends_on\":[\(above)],"
                + "\(limits),\"retry\":{\"delays\":[0.2,1]}\(onFailure)"
                + task.conditions + "}"
        }
        let name = isNamed ? "\"flow_id\":\"\(id)\"," : ""
        return Bytes("{\(name)\"fail_fast\":\(failFast),\"tasks\":[\(list.joined(separator: ","))]}")
    }
}

extension SimFlow.Task {
    fileprivate var conditions: String {
        let requires = requires.map { ",\"requires\":[\"t\($0).task\"]" } ?? ""
        let reads = reads.map {
            ",\"inputs\":{\"n\":\"${input.n}\",\"all\":\"${tasks.t\($0).output ?? 0}\","
                + "\"text\":\"by ${tasks.t\($0).output.by ?? 0} of ${run.run_id}\"}"
        }
        return requires + (reads ?? "") + (isAlone ? ",\"segment\":false" : "")
    }
}
