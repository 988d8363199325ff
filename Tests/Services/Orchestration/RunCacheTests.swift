import Foundation
import JSON
import Testing
import Workflow

@testable import Orchestration

/// What runs take in memory, against what the cache believes.
@Suite struct RunCacheTests {
    /// Other tests take memory meanwhile, so one try of five within the bounds is enough.
    @Test func `the cache's limit counts what runs that wait really take`() throws {
        var (caches, shares): ([RunCache], [Double]) = ([], [])
        while caches.count < 5, !shares.contains(where: { (0.75...1.25).contains($0) }) {
            let before = Self.residentBytes
            caches.append(try Self.cache(of: 10_000))
            shares.append(Double(Self.residentBytes - before) / Double(caches[caches.count - 1].bytes))
        }
        #expect(shares.contains { (0.75...1.25).contains($0) }, "taken ÷ counted: \(shares)")
    }

    private static func cache(of count: Int) throws -> RunCache {
        let text = #"{"tasks":[{"task_id":"t","handler":"echo"}]}"#
        let flow = try Flow.compile(Array(text.utf8)[...], flowID: "f", settings: FlowSettings()).get()
        let turn = TurnContext(time: 1_000_000, batch: 1, patterns: ErrorPatterns(), announcements: .off)
        var cache = RunCache(limit: .max)
        for number in 0..<count {
            let request = try #require(Self.request(number))
            var machine = RunMachine(request, flow: flow, version: nil, lane: 0, turn: turn)
            var decision = Decision()
            machine.enterAsNew(&decision)
            machine.settle(turn: turn, into: &decision)
            cache.insert(machine)
        }
        return cache
    }

    /// As it comes from Kafka, so that what it keeps alive counts.
    private static func request(_ number: Int) -> RunRequest? {
        let payload = String(repeating: "x", count: 100)
        let text = #"{"event_type":"flow_run_requested","run_id":"w\#(1_000_000_000 + number)","flow_id":"f","#
        let value = Array((text + #""input":{"payload":"\#(payload)"}}"#).utf8)[...]
        var reader = InputReader()
        let record = InputRecord(topic: .flowRuns, lane: 0, offset: 0, value: value, eventType: nil)
        guard case .request(let request) = reader.read(record) else { return nil }
        return request
    }

    private static var residentBytes: Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4_096
    }
}
