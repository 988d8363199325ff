public import Platform
public import Workflow

/// Questions about single runs and commands, from all threads of the server: asked together, answered each.
public final class RunLooks: Sendable {
    typealias FindAnswer = @Sendable (Result<RunSight?, AccessFailure>) -> Void
    typealias OutcomeAnswer = @Sendable (Result<CommandOutcome?, AccessFailure>) -> Void

    struct Ask: Sendable {
        enum Kind: Sendable {
            case run(String, FindAnswer)
            case outcome(OutcomeName, OutcomeAnswer)
        }

        let kind: Kind
        /// Until then it is asked again, as long as the run has not ended, or the command has no outcome. Nil: once.
        let deadline: ContinuousClock.Instant?
        var nextLook = ContinuousClock.Instant.now
        var pause = Duration.milliseconds(20)

        /// Later and later: half a second at most; what is announced is looked at at once.
        mutating func rest(at now: ContinuousClock.Instant) {
            nextLook = now + pause
            pause = min(pause * 1.5, .milliseconds(500))
        }
    }

    private struct State {
        var asks: [Ask] = []
        var announced: Set<String> = []
        var isClosed = false
    }

    private let state = Monitor(State())
    private static let most = 20_000

    public init() {}

    /// The run as it is now. False when too many ask.
    func find(_ runID: String, then: @escaping FindAnswer) -> Bool { add(Ask(kind: .run(runID, then), deadline: nil)) }

    /// The run once it has ended, or as it is when the time has passed.
    func end(of runID: String, within limit: Duration, then: @escaping FindAnswer) -> Bool {
        add(Ask(kind: .run(runID, then), deadline: .now + limit))
    }

    /// What a lane made of a command; nil when the time has passed.
    func outcome(_ name: OutcomeName, within limit: Duration, then: @escaping OutcomeAnswer) -> Bool {
        add(Ask(kind: .outcome(name, then), deadline: .now + limit))
    }

    /// A run has changed: whoever waits for it looks now.
    func announce(_ runIDs: [String]) { state.update { $0.announced.formUnion(runIDs) } }

    private func add(_ ask: Ask) -> Bool {
        state.updateOne { state in
            guard !state.isClosed, state.asks.count < Self.most else { return false }
            state.asks.append(ask)
            return true
        }
    }

    /// New questions and announcements, waiting for the first no longer than this.
    func take(_ count: Int, within limit: Duration) -> (asks: [Ask], announced: Set<String>) {
        state.wait(within: limit) { state in
            guard !state.asks.isEmpty || !state.announced.isEmpty else { return nil }
            let asks = Array(state.asks.prefix(count))
            state.asks.removeFirst(asks.count)
            defer { state.announced = [] }
            return (asks, state.announced)
        } ?? ([], [])
    }

    func close() { state.update { $0.isClosed = true } }
}

/// Answers what is asked, many questions in one round trip; those who wait are looked at again and again.
public final class LooksService: StepService {
    private let looks: RunLooks
    private let store: any RunLooking
    private let health: Health
    private var resting: [RunLooks.Ask] = []
    private var lastLook: ContinuousClock.Instant = .now
    private var isStopping = false

    private static let most = 256
    private static let mostRows = 32

    public init(_ looks: RunLooks, store: any RunLooking, health: Health) {
        self.looks = looks
        self.store = store
        self.health = health
    }

    public func step() -> StepOutcome {
        let (new, announced) = looks.take(Self.most, within: patience)
        let now = ContinuousClock.now
        var due = new
        var rest: [RunLooks.Ask] = []
        for ask in resting {
            let isDue = isStopping || ask.nextLook <= now || ask.isAbout(announced)
            if isDue, due.count < Self.most { due.append(ask) } else { rest.append(ask) }
        }
        resting = rest
        // Once in a while even without a question, so that health is known.
        if !due.isEmpty || now - lastLook > .milliseconds(500) { look(due, now) }
        return isStopping && resting.isEmpty ? .finished : .again
    }

    public func beginStop() {
        isStopping = true
        looks.close()
    }

    private var patience: Duration {
        guard !isStopping else { return .zero }
        let next = resting.map(\.nextLook).min() ?? .now + .milliseconds(250)
        return max(.zero, min(.milliseconds(250), next - .now))
    }

    /// Rows are read of a few runs at a time, for they can hold payloads of a megabyte; who waits for an end reads none
    /// until it has come.
    private func look(_ asks: [RunLooks.Ask], _ now: ContinuousClock.Instant) {
        lastLook = now
        var rows = asks.filter { $0.isRun && isLast($0, now) }
        var waiting = asks.filter { !($0.isRun && isLast($0, now)) }
        repeat {
            let part = Array(rows.prefix(Self.mostRows))
            rows.removeFirst(part.count)
            rows += ask(part, waiting, now)
            waiting = []
        } while !rows.isEmpty
    }

    /// Those of the waiting whose run has ended: they are asked for its row next.
    private func ask(
        _ rows: [RunLooks.Ask], _ waiting: [RunLooks.Ask], _ now: ContinuousClock.Instant
    ) -> [RunLooks.Ask] {
        do throws(AccessFailure) {
            let answer = try store.look(
                runs: Array(Set(rows.compactMap(\.runID))), ends: Array(Set(waiting.compactMap(\.runID))),
                outcomes: Array(Set(waiting.compactMap(\.outcomeName))))
            health.up("postgres", by: 2)
            for ask in rows { if case .run(let id, let then) = ask.kind { then(.success(answer.runs[id])) } }
            return waiting.filter { settle($0, answer, now) }
        } catch {
            health.down("postgres", error.message, by: 2)
            for ask in rows + waiting { fail(ask, error) }
            return []
        }
    }

    private func isLast(_ ask: RunLooks.Ask, _ now: ContinuousClock.Instant) -> Bool {
        isStopping || ask.deadline.map { now >= $0 } ?? true
    }

    /// True for a run that has ended.
    private func settle(_ ask: RunLooks.Ask, _ answer: LookAnswer, _ now: ContinuousClock.Instant) -> Bool {
        switch ask.kind {
        case .run(let id, _):
            if answer.ended.contains(id) { return true }
            again(ask, now)
        case .outcome(let name, let then):
            let outcome = answer.outcomes[name]
            if isLast(ask, now) || outcome != nil { then(.success(outcome)) } else { again(ask, now) }
        }
        return false
    }

    private func again(_ ask: RunLooks.Ask, _ now: ContinuousClock.Instant) {
        var ask = ask
        ask.rest(at: now)
        if let deadline = ask.deadline { ask.nextLook = min(ask.nextLook, deadline) }
        resting.append(ask)
    }

    private func fail(_ ask: RunLooks.Ask, _ failure: AccessFailure) {
        switch ask.kind {
        case .run(_, let then): then(.failure(failure))
        case .outcome(_, let then): then(.failure(failure))
        }
    }
}

extension RunLooks.Ask {
    fileprivate var runID: String? { if case .run(let id, _) = kind { id } else { nil } }
    fileprivate var outcomeName: OutcomeName? { if case .outcome(let name, _) = kind { name } else { nil } }
    fileprivate var isRun: Bool { runID != nil }

    fileprivate func isAbout(_ announced: Set<String>) -> Bool {
        guard !announced.isEmpty else { return false }
        return switch kind {
        case .run(let id, _): announced.contains(id)
        case .outcome(let name, _): announced.contains(name.runID)
        }
    }
}

extension RunSight {
    var isOver: Bool {
        if case .recorded(let run) = self { run.hasEnded } else { false }
    }

    var tenantID: String {
        switch self {
        case .recorded(let run): run.tenantID
        case .requested(let run): run.tenantID
        }
    }
}
