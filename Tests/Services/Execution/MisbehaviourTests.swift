import Dispatch
import Platform
import Testing
import Workflow

@testable import Execution

@Suite struct MisbehaviourTests {
    private func bench(_ limits: ExecutorLimits = .init()) -> Bench {
        let bench = Bench(limits)
        bench.log.assign(0)
        return bench
    }

    @Test func `a handler that does not end costs its own task, not its slot`() {
        var limits = ExecutorLimits()
        limits.slots = 1
        let bench = bench(limits)
        bench.log.append(task("deaf", "slow", more: #","timeout":5"#))
        bench.log.append(task("next", "slow"))
        bench.steps(2)
        bench.clock.pass(milliseconds: 5_000)
        bench.steps(1)
        #expect(bench.runner.cancelled.count == 1)
        #expect(bench.started == ["deaf"])
        bench.clock.pass(milliseconds: 1_000)
        bench.steps(2)
        #expect(bench.started == ["deaf", "next"])
        #expect(bench.executor.counts.timedOut == 1)
        #expect(bench.executor.abandonedCount == 1)
        // Its late word is nobody's any more.
        bench.runner.end(0)
        bench.steps(2)
        #expect(bench.executor.abandonedCount == 0)
        #expect(bench.answered == ["deaf"])
    }

    @Test func `beyond a number, handlers that do not end keep their slots`() {
        var limits = ExecutorLimits()
        limits.slots = 2
        limits.abandoned = 1
        let bench = bench(limits)
        for number in 0..<4 { bench.log.append(task("t\(number)", "slow", more: #","timeout":1"#)) }
        bench.steps(2)
        bench.clock.pass(milliseconds: 1_000)
        bench.steps(1)
        bench.clock.pass(milliseconds: 1_000)
        bench.steps(2)
        // Two do not end: one is borne, the other costs one of the two slots.
        #expect(bench.executor.abandonedCount == 2)
        #expect(bench.started.count == 3)
        bench.runner.end(0)
        bench.steps(2)
        #expect(bench.started.count == 4)
    }

    /// Four tasks, one after another, whose handlers never end, in an executor with two slots that bears one of them.
    private func choked() -> Bench {
        var limits = ExecutorLimits()
        (limits.slots, limits.abandoned) = (2, 1)
        let bench = bench(limits)
        for number in 0..<4 { bench.log.append(task("t\(number)", "slow", more: #","timeout":1"#)) }
        for _ in 0..<6 {
            bench.clock.pass(milliseconds: 1_000)
            bench.steps(2)
        }
        return bench
    }

    @Test func `an executor whose slots are all lost ends, and leaves what waits to others`() {
        let bench = choked()
        let answered = bench.answered
        #expect(bench.executor.usableSlots == 0)
        #expect(bench.executor.isChoked)
        #expect(bench.started == ["t0", "t1", "t2"])
        bench.executor.stop(within: 0)
        bench.steps(2)
        #expect(bench.executor.state == .stopped)
        // What was told to end is answered for; the fourth is offered again to whoever comes.
        #expect(answered == ["t0", "t1", "t2"])
        #expect(bench.log.stored[0]?.offset == 3)
    }

    @Test func `it tells of lost slots, and asks once for the end of its process`() {
        let bench = choked()
        let health = Health("test", needs: ["kafka"], uses: ["slots", "partitions"])
        var reasons: [String] = []
        let service = ExecutorService(
            bench.executor, metrics: ExecutorMetrics(MetricsRegistry()), health: health, journal: .silent,
            grace: .seconds(1), giveUp: { reasons.append($0) })
        for _ in 0..<3 { _ = service.step() }
        #expect(reasons == ["handlers that do not end"])
        #expect(health.condition(of: "slots") == .down)
        for index in 0..<3 { bench.runner.end(index) }
        _ = service.step()
        #expect(health.condition(of: "slots") == .up)
    }

    /// The real runner, on threads of its own.
    private final class Run {
        let runner: TaskHandlerRunner
        private var ends: [Int: HandlerOutcome] = [:]

        init(threads: Int) { runner = TaskHandlerRunner(on: ElasticThreads("test", limit: threads)) }

        func start(_ id: Int, _ handler: any Handler, _ inputs: String, _ progress: HandlerProgress? = nil) throws {
            var reader = TaskMessageReader()
            let message = try reader.read(Array(task("t\(id)", inputs: inputs).utf8)[...])
            runner.start(id, handler, HandlerInput(message, progress))
        }

        /// Its end, if it comes in time; what is there counts, however long this thread had to wait for its turn.
        func end(of id: Int, within seconds: Double = 600) async -> HandlerOutcome? {
            let limit = ContinuousClock.now + .seconds(seconds)
            while true {
                let isOver = ContinuousClock.now >= limit
                var completions: [HandlerCompletion] = []
                runner.collect(into: &completions)
                for completion in completions { ends[completion.id] = completion.outcome }
                if isOver || ends[id] != nil { return ends[id] }
                await Task.yield()
            }
        }
    }

    struct Quick: Handler {
        func run(_ input: HandlerInput) async throws -> HandlerOutcome {
            await Task.yield()
            return .succeeded(input.inputs)
        }
    }

    /// Blocks the thread it is on until it is opened: however slow the machine is, none gets by before.
    private final class Gate: Sendable {
        private let semaphore = DispatchSemaphore(value: 0)
        func open() { semaphore.signal() }
        func pass() {
            semaphore.wait()
            semaphore.signal()
        }
    }

    private struct Blocked: Handler {
        let gate: Gate

        func run(_ input: HandlerInput) async throws -> HandlerOutcome {
            gate.pass()
            return .succeeded(input.inputs)
        }
    }

    @Test func `handlers that block their threads do not keep others from running`() async throws {
        let run = Run(threads: 40)
        let gate = Gate()
        defer { gate.open() }
        for id in 0..<20 { try run.start(id, Blocked(gate: gate), "{}") }
        for id in 100..<120 { try run.start(id, Quick(), "{}") }
        for id in 100..<120 {
            let end = await run.end(of: id)
            #expect(end != nil)
        }
        let blocked = await run.end(of: 0, within: 0)
        #expect(blocked == nil)
    }

    @Test func `a stubborn handler goes on although it is told to end`() async throws {
        let run = Run(threads: 2)
        try run.start(1, StubbornHandler(), #"{"ms":300}"#)
        run.runner.cancel(1)
        let end = await run.end(of: 1)
        guard case .succeeded = end else { return #expect(Bool(false)) }
    }

    @Test func `a flood of progress leaves the last word, and a flood of output a failure`() async throws {
        let run = Run(threads: 2)
        let progress = HandlerProgress()
        try run.start(1, FloodHandler(), #"{"words":20000,"bytes":4000000}"#, progress)
        let end = await run.end(of: 1)
        let outcome = try #require(end)
        #expect(progress.json.map { String(decoding: $0, as: UTF8.self) } == #"{"done":1.0,"text":"word 19999"}"#)
        let bench = bench()
        bench.log.append(task("flood", "slow"))
        bench.log.append(task("next"))
        bench.steps(2)
        bench.runner.end(0, outcome)
        bench.steps(2)
        let failed = try #require(bench.log.published.first { $0.topic == .failed })
        #expect(member("error_type", of: failed.value) == "too_large")
        #expect(bench.answered.contains("next"))
    }

    @Test func `threads that have nothing to do end by themselves`() async throws {
        let threads = ElasticThreads("test", limit: 4)
        await Task(executorPreference: threads) { await Task.yield() }.value
        let began = ContinuousClock.now
        while threads.count > 0, ContinuousClock.now - began < .seconds(20) { await Task.yield() }
        #expect(threads.count == 0)
    }
}
