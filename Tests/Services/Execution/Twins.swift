import Execution
import JSON
import Platform
import Synchronization
import Workflow

/// Handlers that end when the test says so.
final class TwinRunner: HandlerRunner {
    private(set) var started: [(id: Int, input: HandlerInput)] = []
    private(set) var cancelled: [Int] = []
    private var ended: [HandlerCompletion] = []

    func start(_ id: Int, _ handler: any Handler, _ input: HandlerInput) { started.append((id, input)) }
    func cancel(_ id: Int) { cancelled.append(id) }

    func end(_ index: Int, _ outcome: HandlerOutcome = .succeeded(value("{}"))) {
        ended.append(HandlerCompletion(id: started[index].id, outcome: outcome))
    }

    func collect(into completions: inout [HandlerCompletion]) {
        completions += ended
        ended = []
    }
}

final class TwinSignals: TaskSignals {
    var cancelledRuns: Set<[UInt8]> = []
    /// Up to when tasks of these runs are to end.
    var limit = Microseconds.max
    var pausedRuns: Set<[UInt8]> = []
    private(set) var questions = 0

    func cancelled(among running: [[UInt8]]) -> [CancelMark] {
        questions += 1
        return running.filter(cancelledRuns.contains).map { CancelMark(runID: $0, limit: limit) }
    }

    func paused(among running: [[UInt8]]) -> [[UInt8]] { running.filter(pausedRuns.contains) }
}

/// A clock that goes when it is told to.
final class TwinTime: TimeSource {
    private let passed = Atomic<Int64>(0)

    var monotonic: Int64 { 5_000_000_000 + passed.load(ordering: .relaxed) * 1_000_000 }
    var wall: Int64 { 1_795_269_900_123_000 + passed.load(ordering: .relaxed) * 1_000 }

    func pass(milliseconds: Int64) { passed.wrappingAdd(milliseconds, ordering: .relaxed) }
}

/// A handler that always needs a place to run.
struct SlowHandler: Handler {}

/// An executor with everything around it in memory.
final class Bench {
    let log: TwinLog
    let runner = TwinRunner()
    let signals = TwinSignals()
    let clock = TwinTime()
    let executor: Executor

    init(_ limits: ExecutorLimits = .init(), log: TwinLog = TwinLog()) {
        self.log = log
        var registry = HandlerRegistry.builtIn(http: nil)
        registry.add("slow", SlowHandler())
        executor = Executor(
            .init(log: log, runner: runner, signals: signals, time: clock), registry: registry, workerID: "w1",
            limits: limits)
    }

    func steps(_ count: Int = 1) {
        for _ in 0..<count { executor.step() }
    }

    /// Lets so much time pass that whatever is due for a commit gets it.
    func settle() {
        for _ in 0..<6 {
            executor.step()
            clock.pass(milliseconds: 300)
        }
    }

    /// What was published, as texts.
    var results: [String] { log.published.map { String(decoding: $0.value, as: UTF8.self) } }
    /// The tasks reported held, with how many milliseconds for.
    var holds: [String] {
        log.published.filter { member("event_type", of: $0.value) == "task_held" }.map {
            "\(member("task_id", of: $0.value) ?? "") \(member("hold_ms", of: $0.value) ?? "")"
        }
    }
    /// The tasks results were published for.
    var answered: [String] { log.published.compactMap { member("task_id", of: $0.value) } }
    /// The tasks whose handlers were given a place to run.
    var started: [String] { runner.started.map { String(decoding: $0.input.taskID, as: UTF8.self) } }
}

func value(_ text: String) -> JSONValue { JSONValue(trusted: Array(text.utf8)[...]) }

func member(_ name: String, of json: [UInt8]) -> String? {
    JSONValue(trusted: json[...]).member(Array(name.utf8)).map { member in
        member.string().map { String(decoding: $0, as: UTF8.self) } ?? String(decoding: member.bytes, as: UTF8.self)
    }
}

func task(_ id: String, _ handler: String = "echo", inputs: String = "{}", more: String = "") -> String {
    #"{"run_id":"r1","task_id":"\#(id)","handler":"\#(handler)","inputs":\#(inputs),"attempt":0\#(more)}"#
}
