import API
import JSON
import Testing
import Workflow

@Suite struct RunReaderTests {
    static let definition = """
        {"flow_id":"f","tasks":[
         {"task_id":"a","handler":"echo"},
         {"task_id":"b","handler":"echo","depends_on":["a"]},
         {"task_id":"c","handler":"echo","depends_on":["a"]},
         {"task_id":"d","handler":"echo","depends_on":["b","c"],"max_retries":1,"retry":{"delays":[0.5]}},
         {"task_id":"e","handler":"echo","max_retries":0},
         {"task_id":"g","handler":"echo","retry":{"first":1,"base":2,"max_delay":3}}]}
        """

    static func task(_ id: String, _ status: String) -> TaskRecord {
        var task = TaskRecord()
        task.taskID = id
        task.status = status
        return task
    }

    func tasks(_ recorded: [TaskRecord], runStatus: String) throws -> [TaskRecord] {
        let store = RunsTwin()
        store.definitions["hash"] = Array(Self.definition.utf8)[...]
        store.recorded = recorded
        var run = RunWaitTests.run(runStatus)
        run.definitionSHA256 = "hash"
        return try RunReader(store: store, settings: FlowSettings()).tasks(of: run)
    }

    @Test func `tasks without a row are pending, with what they wait for`() throws {
        let tasks = try tasks([Self.task("a", "succeeded"), Self.task("b", "succeeded")], runStatus: "running")
        let states = Dictionary(uniqueKeysWithValues: tasks.map { ($0.taskID, [$0.status] + $0.waitingFor) })
        #expect(tasks.count == 6)
        #expect(states["b"] == ["succeeded"])
        #expect(states["c"] == ["pending"])
        #expect(states["d"] == ["pending", "c"])
        #expect(states["e"] == ["pending"])
    }

    @Test func `tasks an ended run never started are skipped or cancelled`() throws {
        let failed = try tasks([Self.task("a", "failed")], runStatus: "failed").map(\.status)
        let cancelled = try tasks([], runStatus: "cancelled").map(\.status)
        #expect(Set(failed) == ["failed", "skipped"])
        #expect(Set(cancelled) == ["cancelled"])
    }

    @Test func `a run without a definition shows the rows it has`() throws {
        let store = RunsTwin()
        store.recorded = [Self.task("x", "failed")]
        let tasks = try RunReader(store: store, settings: FlowSettings()).tasks(of: RunWaitTests.run("failed"))
        #expect(tasks == store.recorded)
    }

    @Test func `a run nobody knows is not found`() {
        let reader = RunReader(store: RunsTwin([nil]), settings: FlowSettings())
        let failure = #expect(throws: ServiceFailure.self) { try reader.run("r") }
        #expect(failure?.code == .notFound)
    }

    @Test func `the retry timeline shows when each attempt starts`() throws {
        let flow = try FlowRegistry.compiled(Array(Self.definition.utf8)[...], settings: FlowSettings())
        let starts = Dictionary(uniqueKeysWithValues: RetryTimeline.all(of: flow).map { ($0.taskID, $0.attemptsAt) })
        #expect(starts["a"] == [0, 10, 40, 130])
        #expect(starts["d"] == [0, 0.5])
        #expect(starts["e"] == [0])
        #expect(starts["g"] == [0, 1, 3, 6])
    }
}
