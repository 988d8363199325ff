import Platform
public import Workflow

/// A record that Postgres refused: first it is decided as a failure; if that is refused too, it becomes a dead letter.
struct Condemned {
    var words: String
    var isHopeless = false
}

/// Owns lanes: takes requests and results, decides, records facts, publishes work. One turn for all lanes it holds.
///
/// A synchronous loop: `step()` never waits but for the log, the commit and the delivery reports, each in bounded time.
/// What must hold between steps: `inbox` begins with the records of `decided`; memory (`runs`) equals the rows of the
/// last commit plus `decided`; a turn goes to Postgres only when the work before it is on the topics (`flight` is nil).
public final class Orchestrator {
    let log: any LaneLog
    let store: any LaneStore
    let mirror: any RunMirror
    let clock: any LaneClock
    let observer: any OrchestratorObserver
    let settings: OrchestratorConfiguration
    let newToken: () -> String

    var lanes: [Int32: Lane] = [:]
    /// Given to us by the group, not yet taken.
    var wanted: [Int32]? {
        didSet { halfTaken = [] }
    }
    /// Our token is in their rows, but we do not read them yet.
    var halfTaken: [LaneCheckpoint] = []
    /// Positions that Kafka no longer has, to be crossed between two turns.
    var gaps: [(topic: InputTopic, lane: Int32)] = []
    /// Lanes the fence refused; taken again if the group still calls them ours at that time.
    var disputed: [Int32: Microseconds] = [:]
    var installation = ""

    var inbox: [InputRecord] = []
    var reader = InputReader()
    var runs: RunCache
    var endedRuns: EndedRuns
    var flows: FlowCache
    var time = TurnClock()
    /// Turns begun, to tell them apart; and the time of the one that is decided now.
    var turns = 0
    var turnTime: Microseconds = 0

    var decided: Turn?
    /// Committed; its messages are on their way.
    var flight: Turn?
    /// The memory of the last turn, for the next one.
    var spare = Decision()
    /// Sent to Postgres, and nobody knows yet whether it committed.
    var unsettled: Turn?
    /// The largest number of records a turn may take; shrinks while a refused record is looked for.
    var prefix = Int.max
    /// The one record that Postgres refused, with its words.
    var condemned: Condemned?
    /// Commits that broke off while the store answers everything else.
    var breaks = BrokenCommits()
    /// A run id was refused as existing: requests are looked up before they are decided.
    var looksUpRequests = false

    /// Written before the record was tried with care.
    var announced: Announced?
    var takenAt = Microseconds.min / 2
    /// Commands may wait in Postgres for their runs.
    var mayHaveWaiting = true

    var outcomes = OutcomeTally()
    var pace = HandlerPace()
    var mirrorQueue = MirrorQueue()
    /// What the log refused is sent again then, not at once.
    var sendAgainAt = Microseconds.min / 2
    var lastTick = Microseconds.min / 2
    var lastCount = Microseconds.min / 2
    var lastDueLook = Microseconds.min / 2
    var suspects = SuspectList()
    var lastWatch = Microseconds.min / 2
    var lastFollow = Microseconds.min / 2
    /// Since when the lanes have been read without an error.
    var readsSince = Microseconds.min / 2
    var lastReceive = Microseconds.min / 2
    /// A live retry was refused: retries are looked up before they are decided.
    var looksUpRetries = false
    var storeTrouble: String?
    /// The store was away since our lanes were last compared with their rows.
    var mustVerify = false
    var logTrouble: String?
    private var troubleAt = Microseconds.min / 2
    /// The record that may have ended its reader has not come yet; nothing else is decided before it.
    var awaitsTried = false
    /// A sentence for whoever started us, when going on would be wrong.
    public internal(set) var fatal: String?

    public init(
        log: any LaneLog, store: any LaneStore, mirror: any RunMirror, clock: any LaneClock,
        observer: any OrchestratorObserver, settings: OrchestratorConfiguration, newToken: @escaping () -> String
    ) {
        self.log = log
        self.store = store
        self.mirror = mirror
        self.clock = clock
        self.observer = observer
        self.settings = settings
        self.newToken = newToken
        runs = RunCache(limit: settings.cacheBytes)
        endedRuns = EndedRuns(limit: settings.rememberedEndings)
        flows = FlowCache(settings: settings.flow)
    }

    /// One round: let the work before arrive, receive, take what the group gave, decide, commit, publish.
    ///
    /// What comes while the work before arrives still joins the turn: few large turns cost less than many small ones.
    /// Only where a whole turn waits already, it is decided meanwhile.
    public func step() {
        guard fatal == nil else { return }
        if !isTurnFull { _ = finishFlight() }
        receive()
        takeWantedLanes()
        guard settleUnknownCommit() else { return }
        crossGaps()
        tick()
        if decided == nil, flight == nil || isTurnFull { decide() }
        guard finishFlight() else { return }
        watchSuspects()
        if decided == nil { decide() }
        commitDecided()
        // Before the work counts as out: from then on no later owner would show it.
        if unsettled == nil { writeMirror() }
    }

    /// Lanes in our hands, for health and tests.
    public var heldLanes: [Int32] { lanes.keys.sorted() }

    /// Gives every lane up cleanly: what is decided is dropped, what is on its way may still arrive.
    public func stop(within limit: Microseconds) {
        let deadline = clock.monotonic + limit
        decided = nil
        // What cannot be sent now is the next owner's to publish.
        while flight != nil, clock.monotonic < deadline, finishFlight() || flight?.isSent == true {}
        giveUp(Array(lanes.values))
        lanes = [:]
    }

    private var isTurnFull: Bool { inbox.count >= settings.receive.records }

    private var isIdle: Bool { flight == nil && decided == nil && inbox.isEmpty && wanted == nil && unsettled == nil }

    /// There is something to do that cannot be done now: not to be tried without a pause.
    private var isStuck: Bool {
        if storeTrouble != nil || clock.monotonic < sendAgainAt { return true }
        return flight == nil && (wanted != nil || decided == nil && awaitsTried)
    }

    private func receive() {
        var limits = settings.receive
        if isInboxFull || storeTrouble != nil { limits.records = 0 }
        let before = inbox.count
        let wait = isIdle ? settings.idleWait : isStuck ? 50_000 : 0
        let signals = log.receive(into: &inbox, limits: limits, wait: wait)
        noteReading(signals, isReading: limits.records > 0)
        // A lane that was lost to another is still read from until the group takes it from us.
        if !disputed.isEmpty { inbox.removeAll { lanes[$0.lane] == nil } }
        if inbox.count > before { observer.passed(.received) }
        heed(signals)
    }

    /// Four turns' worth, by number or by bytes: enough to decide while the turn before is on its way.
    private var isInboxFull: Bool {
        guard inbox.count < 4 * settings.receive.records else { return true }
        return inbox.reduce(0) { $0 + $1.byteCount } >= 4 * settings.receive.bytes
    }

    private func heed(_ signals: LogSignals) {
        hear(signals)
        if signals.revoked {
            (wanted, disputed, gaps) = (nil, [:], [])
            loseLanes(Set(lanes.keys))
        }
        if let assigned = signals.assigned { wanted = assigned.sorted() }
        gaps += signals.missing
        if let words = signals.fatal { endFatally(words) }
    }

    /// Silence is no good news: the client tells of the same trouble only now and then. Records are, and answers to
    /// what was asked.
    private func hear(_ signals: LogSignals) {
        if let trouble = signals.trouble {
            note(logTrouble: trouble)
        } else if signals.isAlive || clock.monotonic - troubleAt > 60_000_000 {
            note(logTrouble: nil)
        }
    }

    func note(logTrouble trouble: String?) {
        if trouble != nil { troubleAt = clock.monotonic }
        guard trouble != logTrouble else { return }
        logTrouble = trouble
        observer.noticed(trouble.map { .logTrouble($0) } ?? .logBack)
    }

    func note(storeTrouble trouble: String?) {
        guard trouble != storeTrouble else { return }
        if (trouble == nil) != (storeTrouble == nil) {
            observer.noticed(trouble.map { .storeAway($0) } ?? .storeBack)
        }
        storeTrouble = trouble
        if trouble != nil { mustVerify = true }
    }

    func endFatally(_ sentence: String) {
        fatal = sentence
        observer.noticed(.refusedToStart(sentence))
    }

    /// Runs a question to the store; nil when it is away. Anything it refuses outright is trouble as well.
    func ask<Answer>(_ question: () throws(StoreError) -> Answer) -> Answer? {
        do throws(StoreError) {
            let answer = try question()
            note(storeTrouble: nil)
            return answer
        } catch {
            note(storeTrouble: "\(error)")
            return nil
        }
    }
}
