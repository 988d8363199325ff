import Platform
import Testing
import Workflow

@testable import API

/// The loops that many requests share, stepped by hand.
@Suite struct LoopTests {
    private final class Answers: Sendable {
        let got = Monitor<[String]>([])
        var all: [String] { got.withLock { $0 } }
        func add(_ text: String) { got.update { $0.append(text) } }
    }

    private final class LogTwin: StartLog {
        var published: [String] = []
        var failing: Set<Int> = []
        private var open: [Int] = []

        func publish(_ messages: [(key: String, value: [UInt8])]) {
            published += messages.map(\.key)
            open = Array(messages.indices)
        }

        func reports(wait: Microseconds) -> [(place: Int, failure: AccessFailure?)] {
            defer { open = [] }
            return open.map { ($0, failing.contains($0) ? AccessFailure(.unreachable, "away", isLog: true) : nil) }
        }

        func trouble() -> String? { nil }
    }

    private final class AuditTwin: AuditKeeping {
        var noted: [AuditEntry] = []
        var refused: [String] = []
        var isAway = false

        func note(_ entries: [AuditEntry]) throws(AccessFailure) {
            if isAway { throw AccessFailure(.unreachable, "no answer") }
            noted += entries
        }

        func refuse(_ entries: [AuditEntry], because detail: String) throws(AccessFailure) {
            refused += entries.compactMap(\.runID)
        }
    }

    private let health = Health("test", needs: ["kafka", "postgres"])

    private func submission(_ run: String, audited: Bool = true, _ answers: Answers) -> RunIntake.Submission {
        let audit = audited ? AuditEntry(.runStart, requestID: "q-" + run, runID: run) : nil
        return RunIntake.Submission(runID: run, message: [], audit: audit) { failure in
            answers.add(run + (failure == nil ? " sent" : " failed"))
        }
    }

    @Test func `what waits is noted, then sent, then answered, all of it together`() {
        let (intake, log, audit, answers) = (RunIntake(), LogTwin(), AuditTwin(), Answers())
        let service = IntakeService(intake, .init(log: log, audit: audit, health: health))
        log.failing = [1]
        for run in ["a", "b", "c"] { #expect(intake.submit(submission(run, answers))) }
        #expect(service.step() == .again)
        #expect(audit.noted.map(\.runID) == ["a", "b", "c"] && log.published == ["a", "b", "c"])
        #expect(answers.all == ["a sent", "b failed", "c sent"])
        #expect(audit.refused == ["b"] && health.condition(of: "kafka") == .down)
    }

    @Test func `Kafka is up again with the next message it takes, however many requests come`() {
        let (intake, log, answers) = (RunIntake(), LogTwin(), Answers())
        let service = IntakeService(intake, .init(log: log, audit: AuditTwin(), health: health))
        log.failing = [0]
        _ = intake.submit(submission("a", audited: false, answers))
        _ = service.step()
        #expect(health.condition(of: "kafka") == .down)
        log.failing = []
        _ = intake.submit(submission("b", audited: false, answers))
        _ = service.step()
        #expect(health.condition(of: "kafka") == .up && answers.all == ["a failed", "b sent"])
    }

    @Test func `what cannot be noted is not sent; a command needs no note`() {
        let (intake, log, audit, answers) = (RunIntake(), LogTwin(), AuditTwin(), Answers())
        let service = IntakeService(intake, .init(log: log, audit: audit, health: health))
        audit.isAway = true
        _ = intake.submit(submission("a", answers))
        _ = intake.submit(submission("command", audited: false, answers))
        _ = service.step()
        #expect(log.published == ["command"])
        #expect(answers.all == ["a failed", "command sent"])
    }

    @Test func `a stop sends what was taken and takes nothing more`() {
        let (intake, log, audit, answers) = (RunIntake(), LogTwin(), AuditTwin(), Answers())
        let service = IntakeService(intake, .init(log: log, audit: audit, health: health))
        _ = intake.submit(submission("a", answers))
        service.beginStop()
        #expect(!intake.submit(submission("b", answers)))
        #expect(service.step() == .again && service.step() == .finished)
        #expect(answers.all == ["a sent"])
    }

    private final class LooksTwin: RunLooking {
        var runs: [String: RunSight] = [:]
        var outcomes: [OutcomeName: CommandOutcome] = [:]
        var asked: [[String]] = []
        var awaited: [[String]] = []
        var isAway = false

        func look(
            runs: [String], ends: [String], outcomes: [OutcomeName]
        ) throws(AccessFailure) -> LookAnswer {
            if isAway { throw AccessFailure(.unreachable, "no answer") }
            if !runs.isEmpty { asked.append(runs.sorted()) }
            if !ends.isEmpty { awaited.append(ends.sorted()) }
            var answer = LookAnswer()
            answer.ended = Set(ends.filter { self.runs[$0]?.isOver ?? false })
            answer.runs = self.runs.filter { runs.contains($0.key) }
            answer.outcomes = self.outcomes
            return answer
        }
    }

    private func run(_ id: String, ended: Bool) -> RunSight {
        var run = RunRecord()
        (run.runID, run.status, run.completedAt) = (id, ended ? "completed" : "running", ended ? "now" : nil)
        return .recorded(run)
    }

    private func word(_ found: Result<RunSight?, AccessFailure>) -> String {
        switch found {
        case .failure: "failed"
        case .success(nil): "unknown"
        case .success(.recorded(let run)): run.status
        case .success(.requested): "requested"
        }
    }

    @Test func `everybody who asks at one time is answered by one question`() {
        let (looks, store, answers) = (RunLooks(), LooksTwin(), Answers())
        let service = LooksService(looks, store: store, health: health)
        store.runs = [
            "a": run("a", ended: true), "b": .requested(.init(runID: "b", flowID: "f", tenantID: "t", at: "now")),
        ]
        for id in ["a", "b", "c", "a"] { _ = looks.find(id) { [self] in answers.add(id + " " + word($0)) } }
        _ = service.step()
        #expect(answers.all == ["a completed", "b requested", "c unknown", "a completed"])
        #expect(store.asked == [["a", "b", "c"]])
    }

    @Test func `who waits for an end is answered when it comes, at once when it is announced`() {
        let (looks, store, answers) = (RunLooks(), LooksTwin(), Answers())
        let service = LooksService(looks, store: store, health: health)
        store.runs = ["a": run("a", ended: false)]
        _ = looks.end(of: "a", within: .seconds(60)) { [self] in answers.add(word($0)) }
        for _ in 0..<3 { _ = service.step() }
        #expect(answers.all == [] && store.asked.isEmpty && !store.awaited.isEmpty)
        store.runs = ["a": run("a", ended: true)]
        looks.announce(["a"])
        _ = service.step()
        #expect(answers.all == ["completed"] && store.asked == [["a"]])
    }

    @Test func `rows are read of a few runs at a time, and all are answered in one step`() {
        let (looks, store, answers) = (RunLooks(), LooksTwin(), Answers())
        let service = LooksService(looks, store: store, health: health)
        let ids = (0..<100).map { "r\($0)" }
        store.runs = Dictionary(uniqueKeysWithValues: ids.map { ($0, run($0, ended: true)) })
        for id in ids { _ = looks.end(of: id, within: .seconds(60)) { [self] in answers.add(word($0)) } }
        _ = service.step()
        #expect(answers.all.count == 100 && store.awaited.map(\.count) == [100])
        #expect(store.asked.map(\.count) == [32, 32, 32, 4])
    }

    @Test func `a wait ends with its time, with a failure of the store, and with a stop`() {
        let (looks, store, answers) = (RunLooks(), LooksTwin(), Answers())
        let service = LooksService(looks, store: store, health: health)
        store.runs = ["a": run("a", ended: false)]
        _ = looks.end(of: "a", within: .zero) { [self] in answers.add(word($0)) }
        _ = service.step()
        #expect(answers.all == ["running"])
        _ = looks.outcome(OutcomeName(requestID: "q", runID: "a"), within: .seconds(60)) { found in
            if case .success(nil) = found { answers.add("undecided") }
        }
        _ = service.step()
        service.beginStop()
        while service.step() != .finished {}
        #expect(answers.all == ["running", "undecided"])
        store.isAway = true
        let other = (RunLooks(), Answers())
        let failing = LooksService(other.0, store: store, health: health)
        _ = other.0.end(of: "a", within: .seconds(60)) { [self] in other.1.add(word($0)) }
        _ = failing.step()
        #expect(other.1.all == ["failed"] && health.condition(of: "postgres") == .down)
    }
}
