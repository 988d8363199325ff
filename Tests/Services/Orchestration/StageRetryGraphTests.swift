import JSON
import Testing
import Workflow

@testable import Orchestration
@testable import Simulation

/// No work is repeated: random graphs with random failures, retried stage by stage until they complete.
@Suite struct StageRetryGraphTests {
    /// Counts what it executes; a task that is to fail does so the first time, wherever that is.
    private final class CountingExecutor {
        let desk: Desk
        var failing: Set<String>
        var seen = 0
        /// Executions by run and task.
        var calls: [String: Int] = [:]
        var successes: [String: Int] = [:]

        init(_ desk: Desk, failing: Set<String>) { (self.desk, self.failing) = (desk, failing) }

        /// Executes whatever is on the queue until nothing comes any more.
        func run() {
            while true {
                desk.step(3)
                let messages = desk.messages
                guard seen < messages.count else { return }
                for message in messages[seen...] { execute(message.run, message.task, message.inputs) }
                seen = messages.count
            }
        }

        private func execute(_ run: String, _ task: String, _ inputs: String) {
            calls["\(run)/\(task)", default: 0] += 1
            if !run.hasSuffix("-ok"), failing.remove(task) != nil {
                return desk.answer(run, task, error: "invalid")
            }
            if !run.hasSuffix("-ok") { successes[task, default: 0] += 1 }
            desk.answer(run, task, output: "\"\(inputs)\"")
        }
    }

    private func graph(_ dice: inout Dice) -> [(String, [String])] {
        (0..<dice.from(1...8)).map { place in
            ("t\(place)", (0..<place).filter { _ in dice.chance(350) }.map { "t\($0)" })
        }
    }

    @Test func `five hundred random graphs complete without calling a reused stage`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("stage retries: seed \(seed)")
        var dice = Dice(seed: seed)
        var retries = 0
        for number in 0..<500 {
            let tasks = graph(&dice)
            let desk = Desk()
            let failing = Set(tasks.map(\.0).filter { _ in dice.chance(400) })
            let executor = CountingExecutor(desk, failing: failing)
            desk.flow("ok-ok", tasks)
            desk.flow("r0", tasks)
            executor.run()
            var last = 0
            while desk.status("r\(last)") == .failed, last < 9 {
                let rows = desk.store.tables.tasks[Identifier("r\(last)")] ?? [:]
                let failed = rows.values.filter { $0.status == .failed }.map(\.taskID).sorted()
                desk.retry("r\(last)", from: dice.pick(failed).description, as: "r\(last + 1)")
                last += 1
                executor.run()
                let reused = desk.store.tables.reused[Identifier("r\(last)")] ?? [:]
                let repeated = reused.keys.filter { executor.calls["r\(last)/\($0)"] != nil }
                #expect(repeated.isEmpty, "graph \(number) of seed \(seed): \(repeated) called again")
            }
            retries += last
            let (output, expected) = (
                desk.store.tables.runs[Identifier("r\(last)")]?.state.output,
                desk.store.tables.runs["ok-ok"]?.state.output
            )
            #expect(desk.status("r\(last)") == .completed, "graph \(number) of seed \(seed)")
            #expect(output != nil && output == expected, "graph \(number) of seed \(seed)")
            let areOnce = tasks.allSatisfy { executor.successes[$0.0] == 1 }
            #expect(areOnce, "graph \(number) of seed \(seed): \(executor.successes)")
        }
        #expect(retries > 300)
    }
}
