/// Plays cells of the crash matrix on one fleet under load. Cells of different programs go together: each round has one
/// victim of each, which the others must outlive; what it leaves is taken up by processes started afterwards.
package final class CrashMatrix {
    package struct Outcome: Sendable {
        package let cell: CrashCell
        /// From the fault, or the waking, to the end of every run.
        package var seconds: Double?
        package var problem: String?
    }

    private let fleet: Fleet
    private let load: Load
    private let runs: Int
    private var survivors: [FleetProcess] = []
    private var rounds = 0
    package private(set) var outcomes: [Outcome] = []

    /// - `runs`: asked for in each round.
    package init(_ fleet: Fleet, runs: Int = 30) throws {
        self.fleet = fleet
        self.runs = runs
        load = try Load(fleet)
    }

    /// Sessions are short, so that the dead are noticed soon, and longer than a stop of 5 s where that is to be one
    /// within its session. What is held by the dead is soon missed.
    package static func settings(sessionSeconds: Int = 3) -> [String: String] {
        [
            "ORCHESTRATOR_KAFKA_SESSION_TIMEOUT": String(sessionSeconds), "EXECUTOR_HOLD_AFTER": "1",
            "ORCHESTRATOR_LOSS_PATIENCE": "3", "ORCHESTRATOR_RETRY_DELAYS": "0.2",
        ]
    }

    /// A process on its way to its point: there since when, and whether its cell is over.
    private struct Victim {
        let cell: CrashCell
        let process: FleetProcess
        /// Asked to end, where its point is only passed then.
        var isAsked = false
        var stoppedAt: ContinuousClock.Instant?
        var isOver = false
    }

    /// One round: at most one cell of each program.
    package func play(_ cells: [CrashCell]) throws {
        rounds += 1
        var victims = try cells.map { Victim(cell: $0, process: try start($0.point.program, plan: $0.plan)) }
        let others = Set(CrashCell.Program.played).subtracting(cells.map(\.point.program))
        let steady = try others.sorted { $0.rawValue < $1.rawValue }.map { try start($0) }
        for process in survivors { retire(process) }
        survivors = steady
        try load.add(runs, failing: true)
        let isOver = try Waiting.until(150) {
            for index in victims.indices where !victims[index].isOver { try follow(&victims[index]) }
            return victims.allSatisfy(\.isOver)
        }
        guard isOver else {
            let waiting = victims.filter { $0.stoppedAt == nil && !$0.isOver }.map(\.cell.name)
            throw NotInTime("never passed: \(waiting.joined(separator: ", "))")
        }
        try load.add(runs / 3, failing: true)
        try finish(cells)
    }

    /// The dead are replaced at once. Sleepers wake after their time; in a long one somebody takes their place and has
    /// to have ended everything by then.
    private func follow(_ victim: inout Victim) throws {
        if victim.cell.point.isAtTheEnd, !victim.isAsked, ended >= load.asked - runs + 2 {
            victim.isAsked = true
            victim.process.signal(15)
        }
        guard let seconds = victim.cell.fault.seconds else {
            if !victim.process.isRunning { try replace(&victim) }
            return
        }
        guard let since = victim.stoppedAt else {
            guard victim.process.isStopped else { return }
            victim.stoppedAt = .now
            if seconds > 30 { survivors.append(try start(victim.cell.point.program)) }
            return
        }
        guard ContinuousClock.now - since >= .seconds(seconds) else { return }
        if seconds > 30 { try fleet.waitForRuns(load.asked, seconds: 1) }
        victim.process.cont()
        if victim.cell.point.isAtTheEnd { return try replace(&victim) }
        survivors.append(victim.process)
        victim.isOver = true
    }

    private var ended: Int {
        fleet.number("select count(*) from flow_run_history where \(Fleet.ended)") ?? 0
    }

    private func replace(_ victim: inout Victim) throws {
        let process = victim.process
        guard Waiting.until(60, { !process.isRunning }) else {
            throw NotInTime("\(victim.cell.name): it does not end")
        }
        process.kill()
        fleet.forget(process)
        survivors.append(try start(victim.cell.point.program))
        victim.isOver = true
    }

    private func finish(_ cells: [CrashCell]) throws {
        let seconds = try fleet.waitForRuns(load.asked, seconds: 90)
        try fleet.wait(for: "select count(*) from dead_letters", atLeast: load.expected.deadLetters.count, seconds: 60)
        outcomes += cells.map { Outcome(cell: $0, seconds: seconds) }
    }

    /// Plays rounds one after the other; one that fails is noted, and the fleet is of no further use.
    package func playAll(_ cells: [CrashCell], said: (Outcome) -> Void = { _ in }) {
        for round in CrashCell.rounds(cells) {
            do {
                try play(round)
                outcomes.suffix(round.count).forEach(said)
            } catch {
                outcomes += round.map { Outcome(cell: $0, problem: "\(error)") }
                outcomes.suffix(round.count).forEach(said)
                return
            }
        }
    }

    /// The exact checks over everything that was played: at most a window of extra work for each fault.
    package func problems() throws -> [String] {
        var expected = load.expected
        expected.extraExecutions = 1_000 * rounds
        expected.extraDispatches = 1_000 * rounds
        var problems = EndCheck.problems(of: try fleet.history(ledger: try load.ledger), expecting: expected)
        let rows = try fleet.rows("select message_id from dead_letters", as: [String: String].self)
        let kept = Set(rows.compactMap { $0["message_id"] })
        if kept != expected.deadLetters { problems.append("the \(kept.count) rows of dead letters are others") }
        return problems
    }

    // MARK: Processes

    private func start(_ program: CrashCell.Program, plan: String? = nil) throws -> FleetProcess {
        let settings = plan.map { ["FLOWFLEET_KILL_POINT": $0] } ?? [:]
        switch program {
        case .orchestrator: return try fleet.startOrchestrator(settings: settings)
        case .executor: return try fleet.startExecutor(settings: settings)
        case .retryWorker: return try fleet.startRetryWorker(settings: settings)
        case .drainer: return try fleet.startDrainer(settings: settings)
        }
    }

    private func retire(_ process: FleetProcess) {
        process.cont()
        process.terminate(within: 40)
        fleet.forget(process)
    }
}

extension CrashCell.Program {
    static let played: [CrashCell.Program] = [.orchestrator, .executor, .retryWorker, .drainer]
}

extension CrashCell.Fault {
    var seconds: Int? {
        if case .stopped(let seconds) = self { seconds } else { nil }
    }
}
