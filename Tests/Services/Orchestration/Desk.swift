import JSON
import Platform
import Workflow

@testable import Orchestration
@testable import Simulation

/// One orchestrator between a log and a database that do what a test says, stepped by hand.
final class Desk {
    let store: TwinStore
    let log = TwinLaneLog()
    let clock = TwinClock()
    let observer = Witness()
    private(set) var orchestrator: Orchestrator

    /// - `isSteady`: it holds its lanes for long enough to be trusted.
    init(lanes: [Int32] = [0], store: TwinStore = TwinStore(), isSteady: Bool = true) {
        self.store = store
        var settings = OrchestratorConfiguration(flow: FlowSettings(), patterns: ErrorPatterns())
        settings.announcements = .off
        var tokens = 0
        orchestrator = Orchestrator(
            log: log, store: store, mirror: NoMirror(), clock: clock, observer: observer, settings: settings,
            newToken: {
                tokens += 1
                return "token \(tokens)"
            })
        log.signals.assigned = lanes
        step(2)
        if isSteady { clock.monotonic += 6_000_000 }
    }

    func step(_ count: Int = 1) {
        for _ in 0..<count { orchestrator.step() }
    }

    /// A second later, so that what is due is looked at.
    func tick(_ count: Int = 1) {
        for _ in 0..<count {
            clock.monotonic += 1_100_000
            store.now += 1_100_000
            step(2)
        }
    }

    func receive(_ topic: InputTopic, _ text: String, lane: Int32 = 0, type: String? = nil) {
        let offset = log.next
        log.next += 1
        let record = InputRecord(
            topic: topic, lane: lane, offset: offset, value: Array(text.utf8)[...],
            eventType: type.map { Array($0.utf8)[...] })
        log.waiting.append(record)
        log.kept.append(record)
    }

    /// A run of one task `t` with a definition of its own.
    func request(_ run: String, note: String = "") {
        receive(
            .flowRuns,
            #"{"event_type":"flow_run_requested","run_id":"\#(run)","flow_id":"f","#
                + #""flow_definition":{"description":"\#(note)","tasks":[{"task_id":"t","handler":"echo"}]}}"#)
    }

    func done(_ run: String, milliseconds: Int? = nil) {
        let time = milliseconds.map { #","execution_time_ms":\#($0)"# } ?? ""
        receive(.taskDone, #"{"run_id":"\#(run)","task_id":"t","output":1\#(time)}"#)
    }

    func status(_ run: String) -> RunStatus? { store.tables.runs[Identifier(Array(run.utf8))]?.state.status }

    func audit(_ request: String) -> AuditRow? { store.tables.audits[Array(request.utf8)[...]] }

    /// What became a dead letter of kind `record`, by its run.
    var quarantined: [String] {
        log.sent.filter { $0.topic == .deadLetters }.compactMap { message in
            let value = JSONValue(trusted: message.value)
            guard value.member("kind")?.text?.elementsEqual("record".utf8) == true else { return nil }
            return value.member("run_id")?.text.map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
    }
}

final class TwinLaneLog: LaneLog {
    struct Sent {
        var topic: OutTopic
        var value: Bytes
    }

    var waiting: [InputRecord] = []
    /// All that ever came: what was not decided comes again after each assignment.
    var kept: [InputRecord] = []
    var next: Int64 = 0
    var signals = LogSignals()
    private(set) var sent: [Sent] = []
    /// The last batch was said to take no time.
    private(set) var isQuick = false
    /// How long each receive may wait.
    private(set) var waits: [Microseconds] = []
    var refusesToAssign = false
    /// What the last batch becomes.
    var arrives = Delivery.delivered

    func receive(into inbox: inout [InputRecord], limits: ReceiveLimits, wait: Microseconds) -> LogSignals {
        waits.append(wait)
        let taken = min(limits.records, waiting.count)
        inbox += waiting.prefix(taken)
        waiting.removeFirst(taken)
        defer { signals = LogSignals() }
        return signals
    }

    func assign(_ positions: [Int32: LanePosition]) throws(PortError) {
        if refusesToAssign { throw PortError("no broker") }
        waiting = kept.filter { record in positions[record.lane].map { record.offset >= $0[record.topic] } ?? false }
    }
    func holdResults(of lanes: Set<Int32>) {}
    func firstPosition(of lane: Int32) throws(PortError) -> LanePosition {
        LanePosition(flowRuns: 0, taskDone: 0, taskFailed: 0)
    }
    func extent(of topic: InputTopic, lane: Int32, since time: Microseconds) throws(PortError) -> LogExtent {
        LogExtent(first: 0, end: next, since: 0)
    }
    func groupPosition(of lane: Int32) throws(PortError) -> GroupPosition {
        GroupPosition(flowRuns: nil, installation: nil, unknown: [])
    }
    func ends(of lane: Int32) throws(PortError) -> LanePosition {
        LanePosition(flowRuns: next, taskDone: next, taskFailed: next)
    }
    func taskProgress(of pool: Identifier) throws(PortError) -> [TaskProgress] { [] }
    func showPosition(_ positions: [Int32: LanePosition], installation: String) {}

    func send(_ batch: OutBatch) {
        isQuick = batch.isQuick
        sent += batch.entries.map { Sent(topic: $0.topic, value: batch.value(of: $0)) }
    }

    func delivery(wait: Microseconds) -> Delivery { arrives }
}

final class TwinClock: LaneClock {
    var monotonic: Microseconds = 10_000_000
}

final class NoMirror: RunMirror {
    func write(_ entries: [MirrorEntry]) {}
    func collect() {}
}

final class Witness: OrchestratorObserver {
    private(set) var events: [OrchestratorEvent] = []
    func passed(_ point: KillPoint) {}
    func noticed(_ event: OrchestratorEvent) { events.append(event) }

    var ignored: [String] { events.compactMap { if case .ignored(let why) = $0 { why } else { nil } } }
    /// The words about the log, in order.
    var aboutLog: [String] {
        events.compactMap {
            switch $0 {
            case .logTrouble: "trouble"
            case .logBack: "back"
            default: nil
            }
        }
    }
    var refusals: [String] { events.compactMap { if case .turnRefused(let why) = $0 { why } else { nil } } }
    var setAside: Int { events.count { if case .runSetAside = $0 { true } else { false } } }
}
