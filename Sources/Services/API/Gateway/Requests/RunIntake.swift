public import Platform
public import Workflow

/// What waits to be written to `flow_runs`, from all threads of the server.
public final class RunIntake: Sendable {
    struct Submission: Sendable {
        let runID: String
        let message: [UInt8]
        /// Noted before the message is sent; nil for commands, which their lane notes.
        let audit: AuditEntry?
        let came = ContinuousClock.now
        let then: @Sendable (AccessFailure?) -> Void
    }

    private struct State {
        var waiting: [Submission] = []
        var bytes = 0
        var isClosed = false
    }

    private let state = Monitor(State())
    private static let most = 10_000
    private static let mostBytes = 64 << 20

    public init() {}

    /// False when too much waits already.
    func submit(_ submission: Submission) -> Bool {
        state.updateOne { state in
            guard !state.isClosed, state.waiting.count < Self.most,
                state.bytes + submission.message.count <= Self.mostBytes
            else { return false }
            state.waiting.append(submission)
            state.bytes += submission.message.count
            return true
        }
    }

    /// The oldest of them, waiting for the first no longer than this.
    func take(_ count: Int, within limit: Duration) -> [Submission] {
        state.wait(within: limit) { state in
            guard !state.waiting.isEmpty else { return nil }
            var bytes = 0
            var taken = 0
            while taken < min(count, state.waiting.count), bytes < 16 << 20 {
                bytes += state.waiting[taken].message.count
                taken += 1
            }
            defer { state.waiting.removeFirst(taken) }
            state.bytes -= bytes
            return Array(state.waiting.prefix(taken))
        } ?? []
    }

    func close() { state.update { $0.isClosed = true } }
}

/// Sends what waits: all of it together, so that the cost of a request falls as load rises.
///
/// Each batch is one transaction that notes who asked for what, then one flush to Kafka, then the answers. A run that
/// is noted is shown as `requested` by every gateway, so it is there before anybody is told of it.
public final class IntakeService: StepService {
    /// Everything outside that it needs.
    public struct Ports {
        public var log: any StartLog
        public var audit: any AuditKeeping
        public var health: Health

        public init(log: any StartLog, audit: any AuditKeeping, health: Health) {
            self.log = log
            self.audit = audit
            self.health = health
        }
    }

    private let intake: RunIntake
    private let ports: Ports
    private var isStopping = false
    private var nextLook: ContinuousClock.Instant = .now

    private static let most = 512
    /// From its coming until it is answered: what is slower than this is called unreachable.
    private static let patience = Duration.milliseconds(1_800)
    /// What has waited so long behind others is not begun any more.
    private static let wait = Duration.milliseconds(1_000)
    static let late = AccessFailure(.unreachable, "Kafka has not acknowledged it in time", isLog: true)

    public init(_ intake: RunIntake, _ ports: Ports) {
        self.intake = intake
        self.ports = ports
    }

    public func step() -> StepOutcome {
        let batch = intake.take(Self.most, within: .milliseconds(isStopping ? 0 : 200))
        let now = ContinuousClock.now
        for submission in batch where now - submission.came > Self.wait { submission.then(Self.late) }
        lookAtLog()
        if batch.isEmpty { return isStopping ? .finished : .again }
        let noted = note(batch.filter { now - $0.came <= Self.wait })
        if !noted.isEmpty { publish(noted) }
        return .again
    }

    public func beginStop() {
        isStopping = true
        intake.close()
    }

    /// Twice a second, however many requests come: what was wrong a moment ago may be over.
    private func lookAtLog() {
        guard ContinuousClock.now >= nextLook else { return }
        nextLook = .now + .milliseconds(500)
        if let trouble = ports.log.trouble() {
            ports.health.down("kafka", trouble)
        } else {
            ports.health.up("kafka")
        }
    }

    /// Those that may be sent; the others are answered.
    private func note(_ batch: [RunIntake.Submission]) -> [RunIntake.Submission] {
        let entries = batch.compactMap(\.audit)
        guard !entries.isEmpty else { return batch }
        do throws(AccessFailure) {
            try ports.audit.note(entries)
            return batch
        } catch {
            for submission in batch where submission.audit != nil { submission.then(error) }
            return batch.filter { $0.audit == nil }
        }
    }

    private func publish(_ batch: [RunIntake.Submission]) {
        ports.log.publish(batch.map { ($0.runID, $0.message) })
        var open = Set(batch.indices)
        var failed: [AuditEntry] = []
        var isTroubled = false
        let end = (batch.map(\.came).min() ?? .now) + Self.patience
        while !open.isEmpty, ContinuousClock.now < end {
            for report in ports.log.reports(wait: 100_000) {
                guard open.remove(report.place) != nil else { continue }
                KillPoint.producedNotAnswered.pass()
                if let failure = report.failure {
                    ports.health.down("kafka", failure.message)
                    isTroubled = true
                    failed += batch[report.place].audit.map { [$0] } ?? []
                }
                batch[report.place].then(report.failure)
            }
        }
        if open.isEmpty, !isTroubled { ports.health.up("kafka") }
        for place in open {
            batch[place].then(Self.late)
            failed += batch[place].audit.map { [$0] } ?? []
        }
        // Only a record: a request that Kafka took without saying so becomes a run all the same.
        if !failed.isEmpty { try? ports.audit.refuse(failed, because: "not acknowledged by Kafka") }
    }
}
