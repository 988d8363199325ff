import JSON
import Testing
import Workflow

@testable import Execution

@Suite struct BuiltInHandlerTests {
    struct Case: CustomTestStringConvertible {
        let handler: String
        let inputs: String
        var attempt = 0
        /// What the result has to hold.
        let expected: [String: String]
        var testDescription: String { "\(handler) \(inputs) attempt \(attempt)" }
    }

    static let cases = [
        Case(handler: "echo", inputs: #"{"a":[1,null]}"#, expected: ["output": #"{"a":[1,null]}"#]),
        Case(handler: "echo", inputs: "null", expected: ["output": "null"]),
        Case(
            handler: "sleep", inputs: #"{"ms":5}"#, expected: ["output": #"{"slept_ms":5}"#, "execution_time_ms": "5"]),
        Case(handler: "sleep", inputs: #"{"ms":5,"output":[7]}"#, expected: ["output": "[7]"]),
        Case(handler: "sleep", inputs: #"{"ms":"x"}"#, expected: ["error_class": "permanent"]),
        Case(handler: "fail", inputs: #"{"error":"connection refused"}"#, expected: ["error": "connection refused"]),
        Case(
            handler: "fail", inputs: #"{"times":2,"class":"transient"}"#, attempt: 1,
            expected: ["error_class": "transient"]),
        Case(handler: "fail", inputs: #"{"times":2}"#, attempt: 2, expected: ["output": #"{"attempts":3}"#]),
        Case(handler: "fail", inputs: #"{"times":0,"output":"ok"}"#, expected: ["output": "ok"]),
        Case(
            handler: "fail", inputs: #"{"retry_after_ms":250,"delay_ms":9}"#,
            expected: ["retry_after_ms": "250", "execution_time_ms": "9"]),
        Case(handler: "fail", inputs: "7", expected: ["error": "failed as planned"]),
    ]

    @Test(arguments: cases)
    func `a built-in handler answers as its contract says`(_ one: Case) throws {
        let bench = Bench()
        let ids = #""run_id":"r1","task_id":"a","handler":"\#(one.handler)""#
        let message = #"{\#(ids),"inputs":\#(one.inputs),"attempt":\#(one.attempt)}"#
        bench.log.append(message)
        bench.log.assign(0)
        bench.steps(2)
        for _ in 0..<10 {
            bench.clock.pass(milliseconds: 1)
            bench.steps(1)
        }
        let result = try #require(bench.log.published.first).value
        for (name, text) in one.expected { #expect(member(name, of: result) == text) }
        #expect(member("attempt", of: result) == "\(one.attempt)")
    }

    @Test func `a handler of fail without class leaves the class to its text`() throws {
        let bench = Bench()
        bench.log.append(task("a", "fail"))
        bench.log.assign(0)
        bench.steps(2)
        let result = try #require(bench.log.published.first)
        #expect(result.topic == .failed)
        #expect(member("error_class", of: result.value) == nil)
    }

    @Test func `test handlers are there only when they are asked for`() {
        let plain = HandlerRegistry.builtIn(http: nil)
        let testing = HandlerRegistry.builtIn(http: nil, testing: .init { fatalError("crash") })
        #expect(plain.names == ["echo", "exec", "fail", "sleep"])
        #expect(testing.names == ["block", "crash", "echo", "exec", "fail", "flood", "record", "sleep", "stubborn"])
    }
}

@Suite struct TaskMessageTests {
    @Test func `ids with escapes are read and come back`() throws {
        var reader = TaskMessageReader()
        let text = #"{"run_id":"r\u0022\u00e4","task_id":"t","handler":"echo","inputs":{},"lane":null}"#
        let message = try reader.read(Array(text.utf8)[...])
        #expect(String(decoding: message.runID, as: UTF8.self) == "r\"ä")
        #expect(message.lane == nil)
        #expect(message.attempt == nil)
        var writer = ResultWriter(workerID: "w")
        let times = AttemptTimes(started: 0, finished: 1_000, milliseconds: 1)
        let result = writer.done(message, output: message.inputs.bytes, degraded: true, times: times)
        let beginning = #"{"run_id":"r\"ä","task_id":"t","output":{},"status":"degraded","execution_time_ms":1,"#
        let end = #""started_at":"1970-01-01T00:00:00.000Z","finished_at":"1970-01-01T00:00:00.001Z"}"#
        #expect(String(decoding: result, as: UTF8.self) == beginning + #""worker_id":"w","# + end)
    }

    @Test(arguments: [
        "", "{", "[]", "{}", #"{"run_id":"r"}"#, #"{"run_id":"","task_id":"t"}"#, #"{"run_id":1,"task_id":"t"}"#,
        #"{"run_id":"r\u0000","task_id":"t"}"#, #"{"run_id":"r","task_id":null}"#,
    ])
    func `what names no task cannot be read`(text: String) {
        var reader = TaskMessageReader()
        #expect(throws: TaskMessageError.self) { try reader.read(Array(text.utf8)[...]) }
    }

    @Test func `what is of a wrong type counts as absent`() throws {
        var reader = TaskMessageReader()
        let text =
            #"{"run_id":"r","task_id":"t","handler":7,"attempt":-1,"timeout":"x","lane":99999999999,"inputs":null}"#
        let message = try reader.read(Array(text.utf8)[...])
        #expect(message.handler.isEmpty)
        #expect(message.attempt == nil)
        #expect(message.timeoutSeconds == nil)
        #expect(message.lane == nil)
        #expect(message.inputs.isNull)
    }

    @Test func `random bytes never stop the reader`() {
        var random = SeededRandom.fresh()
        var reader = TaskMessageReader()
        let sample = Array(task("a", more: #","lane":1,"timeout":3"#).utf8)
        for _ in 0..<5_000 {
            var bytes = Bool.random(using: &random) ? sample : random.bytes(upTo: 200)
            for _ in 0..<3 where !bytes.isEmpty {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try? reader.read(bytes[...])
        }
    }
}

@Suite struct TaskHandlerRunnerTests {
    struct Waiting: Handler {
        func run(_ input: HandlerInput) async throws -> HandlerOutcome {
            try await Task.sleep(for: .seconds(60))
            return .succeeded(input.inputs)
        }
    }

    struct Throwing: Handler {
        struct Broken: Error, CustomStringConvertible { let description = "connection reset" }
        func run(_ input: HandlerInput) async throws -> HandlerOutcome { throw Broken() }
    }

    private func ended(_ runner: TaskHandlerRunner) async throws -> HandlerCompletion {
        var completions: [HandlerCompletion] = []
        while completions.isEmpty {
            runner.collect(into: &completions)
            await Task.yield()
        }
        return try #require(completions.first)
    }

    private func input() throws -> HandlerInput {
        var reader = TaskMessageReader()
        return HandlerInput(try reader.read(Array(task("a").utf8)[...]))
    }

    @Test func `what a handler throws is a failure with its words`() async throws {
        let runner = TaskHandlerRunner()
        runner.start(7, Throwing(), try input())
        let completion = try await ended(runner)
        #expect(completion.id == 7)
        guard case .failed(let failure) = completion.outcome else { return #expect(Bool(false)) }
        #expect(failure.error == "connection reset")
        #expect(failure.errorClass == nil)
    }

    @Test func `a cancelled handler ends early`() async throws {
        let runner = TaskHandlerRunner()
        runner.start(8, Waiting(), try input())
        runner.cancel(8)
        let completion = try await ended(runner)
        guard case .failed(let failure) = completion.outcome else { return #expect(Bool(false)) }
        #expect(failure.errorClass == .cancelled)
    }
}
