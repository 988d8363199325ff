import Testing

@testable import Workflow

@Suite struct FlowGraphTests {
    @Test func `order puts dependencies first and keeps to the definition otherwise`() throws {
        let flow = try Definitions.compile(Definitions.graph(["d": ["b", "c"], "a": [], "c": ["a"], "b": ["a"]])).get()
        #expect(flow.order.map { flow.tasks[$0].id.description } == ["a", "c", "b", "d"])
        #expect(flow.tasks.map(\.stageOrder) == [3, 0, 1, 2])
        #expect(flow.sinks == [0])
        #expect(flow.tasks[1].dependents == [2, 3])
        #expect(flow.index(of: "c") == 2)
        #expect(flow.index(of: Array("nothing".utf8)) == nil)
    }

    @Test func `a dependency named twice is one edge`() throws {
        let flow = try Definitions.compile(Definitions.graph(["a": [], "b": ["a", "a"]])).get()
        #expect(flow.tasks[1].dependsOn == [0])
        #expect(flow.tasks[0].dependents == [1])
    }

    @Test func `every cycle is named by its tasks`() {
        let text = Definitions.graph([
            "a": ["c"], "b": ["a"], "c": ["b"], "free": [], "behind": ["a", "free"], "x": ["y"], "y": ["x"],
        ])
        #expect(
            Definitions.problems(text) == [
                "tasks[1].depends_on: closes a cycle: b → c → a → b",
                "tasks[6].depends_on: closes a cycle: y → x → y",
            ])
    }

    /// Random graphs against the plainest way to answer the same question.
    @Test func `ancestry agrees with a walk through the graph`() {
        var random = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: 0...UInt64.max, using: &random)
        print("seed \(seed)")
        var generator = Random(seed: seed)
        for _ in 0..<60 {
            let count = Int.random(in: 2...200, using: &generator)
            let edges = (0..<count).map { task in
                task == 0
                    ? []
                    : Array(
                        Set(
                            (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                                Int.random(in: 0..<task, using: &generator)
                            })
                    ).sorted()
            }
            let graph = FlowGraph(dependsOn: edges)
            let pairs = (0..<200).map { _ in
                (
                    task: Int.random(in: 0..<count, using: &generator),
                    ancestor: Int.random(in: 0..<count, using: &generator)
                )
            }
            let strangers = pairs.indices.filter { !walk(edges, pairs[$0].task).contains(pairs[$0].ancestor) }
            #expect(graph.strangers(pairs) == strangers, "seed \(seed)")
        }
    }

    private func walk(_ edges: [[Int]], _ start: Int) -> Set<Int> {
        var seen: Set<Int> = []
        var waiting = edges[start]
        while let task = waiting.popLast() {
            if seen.insert(task).inserted { waiting += edges[task] }
        }
        return seen
    }
}

/// SplitMix64: the same numbers for the same seed.
struct Random: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
