import Foundation
import Testing

@testable import Platform

@Suite struct LogTests {
    private final class Lines: Sendable {
        let all = Monitor<[String]>([])
        var output: LogOutput {
            .collect { line in self.all.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
        }
        var texts: [String] { all.withLock { $0 } }
    }

    @Test func `a line is one JSON object with time, level, message and its fields`() throws {
        let lines = Lines()
        let log = Log(.debug, output: lines.output, time: StoppedTime()).with([.program("orchestrator")])
        log.info("took a \"lane\"\n", [.lane(3), .runID(Array("r\u{1}é".utf8)), .milliseconds(1.5)])
        #expect(
            lines.texts == [
                #"{"time":"1970-01-01T00:00:01.000Z","level":"INFO","message":"took a \"lane\"\n","#
                    + #""program":"orchestrator","lane":3,"run_id":"r\u0001é","ms":1.5}"# + "\n"
            ])
        let parsed = try JSONSerialization.jsonObject(with: Data(lines.texts[0].utf8)) as? [String: Any]
        #expect(parsed?["message"] as? String == "took a \"lane\"\n")
    }

    @Test func `bytes that are no text still make a valid line`() throws {
        let lines = Lines()
        Log(.info, output: lines.output).info("x", [.runID([0xFF, 0x00, 0x22, 0xC3])])
        let parsed = try JSONSerialization.jsonObject(with: Data(lines.texts[0].utf8)) as? [String: Any]
        #expect(parsed?["run_id"] as? String == "\u{FFFD}\u{0}\"\u{FFFD}")
    }

    @Test func `the text format stays on one line and quotes what has spaces`() {
        let lines = Lines()
        let log = Log(.info, format: .text, output: lines.output, time: StoppedTime())
        log.warning("first\nsecond", [.error("no such thing"), .topic("flow_runs")])
        #expect(
            lines.texts == [
                "1970-01-01T00:00:01.000Z WARNING first\\nsecond error=\"no such thing\" topic=flow_runs\n"
            ])
    }

    @Test func `a line below the level is not even made`() {
        let lines = Lines()
        let made = Monitor(0)
        let log = Log(.warning, output: lines.output)
        log.info(
            made.withLock {
                $0 += 1
                return "x"
            })
        #expect(made.withLock { $0 } == 0)
        #expect(lines.texts.isEmpty)
    }

    @Test func `secrets are taken out of messages and fields, the longer one first`() {
        let lines = Lines()
        let log = Log(.info, secrets: ["hunter22", "redis://:hunter22@r", "abc"], output: lines.output)
        log.info("at redis://:hunter22@r:1 abc", [.error("AUTH hunter22 failed"), .runID(Array("hunter22".utf8))])
        let line = lines.texts[0]
        #expect(!line.contains("hunter22"))
        #expect(line.contains("at [secret]:1 abc"))
        #expect(line.contains("AUTH [secret] failed"))
    }

    @Test func `a repeated line is written once an interval, with the number of those left out`() {
        let lines = Lines()
        let time = MovingTime()
        let log = Log(.info, format: .text, output: lines.output, time: time)
        for second in 0..<25 {
            time.set(second: second)
            log.limited("redis", every: .seconds(10), .warning, "Redis is gone")
        }
        #expect(lines.texts.count == 3)
        #expect(lines.texts[1].hasSuffix("repeated=9\n"))
    }

    @Test func `a very long text is cut`() {
        let lines = Lines()
        Log(.info, output: lines.output).info(String(repeating: "é", count: 100_000))
        #expect(lines.texts[0].utf8.count < 9000)
        #expect(lines.texts[0].contains("…"))
    }

    @Test func `lines of many threads never mix`() {
        let lines = Lines()
        let log = Log(.info, output: lines.output)
        let pool = ThreadPool("log", threads: 4, queueLimit: 1000)
        for number in 0..<400 { pool.submit { log.info("line", [.count(number)]) } }
        #expect(pool.stop(within: .seconds(10)))
        #expect(lines.texts.count == 400)
        #expect(lines.texts.allSatisfy { $0.hasPrefix("{\"time\"") && $0.hasSuffix("}\n") })
    }

    @Test func `every key is declared once and has its sentence`() {
        let names = LogField.declared.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(LogField.declared.allSatisfy { $0.sentence.hasSuffix(".") })
    }
}

/// One second after the beginning, always.
struct StoppedTime: TimeSource {
    var wall: Int64 { 1_000_000 }
    var monotonic: Int64 { 1_000_000_000 }
}

/// Goes where the test wants it.
final class MovingTime: TimeSource {
    private let now = Monitor<Int64>(0)

    var wall: Int64 { now.withLock { $0 / 1000 } }
    var monotonic: Int64 { now.withLock { $0 } }

    func set(second: Int) { now.withLock { $0 = Int64(second) * 1_000_000_000 } }
}
