import TestSupport
import Testing

/// Item 2: shapes of flows; outputs pass from task to task, and the run output is right.
extension Scenarios {
    @Suite struct Shapes {
        @Test func `a chain, a fan-out of a thousand and two diamonds give what they should`() throws {
            try Fleet.with("shapes") { fleet in
                try fleet.produce([
                    Flows.request("chain", flow: Flows.chain(20), input: ["n": 41]),
                    Flows.request("fan", flow: Flows.fanOut(1_000)),
                    Flows.request("diamonds", flow: Flows.twoDiamonds),
                ])
                let seconds = try fleet.waitForRuns(3)
                print("figure: three shapes ended in \(seconds) s")
                let middle = (0..<1_000).map { "m\($0)" }
                let all = JSONTree.array((0..<1_000).map { .number(Double($0)) })
                try expectNothingWrong(
                    fleet,
                    ExpectedHistory(runs: [
                        "chain": .completed((0..<20).map { "t\($0)" }, output: ["n": 41, "last": "t19"]),
                        "fan": .completed(["source", "join"] + middle, output: ["all": all]),
                        "diamonds": .completed(["a", "b", "c", "d", "e", "f", "g"], output: ["v": "ab+ace|ab+acf"]),
                    ]))
            }
        }

        @Test func `a flow of ten thousand tasks ends with every task counted`() throws {
            try Fleet.with("tenthousand") { fleet in
                // A hundred chains of a hundred, so that it is both wide and deep.
                var tasks: [JSONTree] = []
                var ids: [String] = []
                for column in 0..<100 {
                    for row in 0..<100 {
                        ids.append("c\(column)r\(row)")
                        let above = row == 0 ? [] : ["c\(column)r\(row - 1)"]
                        let value: JSONTree =
                            row == 0 ? .number(Double(column)) : .string("${tasks.\(above[0]).output.v}")
                        tasks.append(Flows.task(ids[ids.count - 1], after: above, inputs: ["v": value]))
                    }
                }
                let output: JSONTree = ["first": "${tasks.c0r99.output.v}", "last": "${tasks.c99r99.output.v}"]
                try fleet.produce([Flows.request("big", flow: Flows.flow(tasks, output: output))])
                let seconds = try fleet.waitForRuns(1, seconds: 180)
                print("figure: 10,000 tasks ended in \(seconds) s")
                try expectNothingWrong(
                    fleet, ExpectedHistory(runs: ["big": .completed(ids, output: ["first": 0, "last": 99])]))
            }
        }
    }
}
