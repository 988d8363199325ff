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
        try tasks(recorded, of: RunsTwin.run(runStatus))
    }

    func tasks(_ recorded: [TaskRecord], of run: RunRecord) throws -> [TaskRecord] {
        let store = RunsTwin()
        store.definitions["hash"] = Array(Self.definition.utf8)[...]
        store.recorded = recorded
        var run = run
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

    @Test func `a paused run dispatched what was ready before, and nothing since`() throws {
        var run = RunsTwin.run("paused")
        (run.createdAt, run.pausedAt) = ("2026-01-01T00:00:00.000Z", "2026-01-01T00:00:02.000Z")
        var first = Self.task("a", "succeeded")
        first.completedAt = "2026-01-01T00:00:03.000Z"
        let tasks = try tasks([first, Self.task("g", "retrying")], of: run)
        let waits = Dictionary(uniqueKeysWithValues: tasks.map { ($0.taskID, $0.waiting) })
        #expect(waits["b"] == "the run is paused since 2026-01-01T00:00:02.000Z")
        #expect(waits["g"] == "the run is paused since 2026-01-01T00:00:02.000Z")
        #expect(waits["e"] == .some(nil))
        #expect(waits["d"] == .some(nil))
    }

    @Test func `a run in a pool that this program was not told of shows all its tasks`() throws {
        let store = RunsTwin()
        store.definitions["hash"] = Array(#"{"tasks":[{"task_id":"a","handler":"echo","pool":"gpu"}]}"#.utf8)[...]
        var run = RunsTwin.run("running")
        run.definitionSHA256 = "hash"
        let tasks = try RunReader(store: store, settings: FlowSettings()).tasks(of: run)
        #expect(tasks.map(\.taskID) == ["a"])
        #expect(tasks.map(\.pool) == ["gpu"])
    }

    @Test func `what waits in a pool without an executor says so`() throws {
        var (here, there, later) = (Self.task("a", "pending"), Self.task("b", "pending"), Self.task("c", "pending"))
        (here.pool, there.pool, later.pool, later.waitingFor) = ("default", "gpu", "gpu", ["b"])
        let board = BoardTwin([
            #"{"worker_id":"w","pools":["default"]}"#, #"{"worker_id":"v","pools":["gpu"],"stopping":true}"#,
        ])
        let noted = PoolWatch(workers: board).note([here, there, later])
        let sentence = "no executor of pool gpu has been seen for 30 s"
        #expect(noted.map(\.waiting) == [nil, sentence, nil])
        #expect(PoolWatch.summary(of: noted) == sentence)
        board.isAway = true
        #expect(PoolWatch(workers: board).note([there]) == [there])
    }

    @Test func `a request with the id of another run is told apart from one that is sent again`() throws {
        var run = RunsTwin.run("running")
        (run.flowID, run.flowVersion, run.input) = ("f", 2, Array(#"{"b": 1, "a": 10}"#.utf8)[...])
        let reader = RunReader(store: RunsTwin([run]), settings: FlowSettings())
        var request = RequestDraft(runID: "r", flowID: "f")
        request.input = Array(#"{"a":1e1,"b":1}"#.utf8)[...]
        #expect(try reader.difference(of: request) == nil)
        request.input = nil
        #expect(try reader.difference(of: request) == "it has another input")
        request.flowVersion = 3
        #expect(try reader.difference(of: request) == "it is of another flow version")
        request.flowID = "g"
        #expect(try reader.difference(of: request) == "it is a run of flow f")
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
        let tasks = try RunReader(store: store, settings: FlowSettings()).tasks(of: RunsTwin.run("failed"))
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
