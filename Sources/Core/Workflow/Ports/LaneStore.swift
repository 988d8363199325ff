public import JSON

/// Everything a lane asks of Postgres, at batch granularity. Every call is made on the owner's thread and ends in
/// bounded time; a store that is away answers `unavailable`, and the lane tries again.
public protocol LaneStore: AnyObject {
    /// Names this database; committed with group offsets so that a foreign database is noticed.
    func installation() throws(StoreError) -> String
    /// Takes the lanes that have a checkpoint: epoch + 1, takes + 1, our token; ends a former owner's backend that
    /// still holds a row after two seconds. Lanes without checkpoint are missing from the answer.
    func take(_ lanes: [Int32], owner: String) throws(StoreError) -> [LaneCheckpoint]
    /// Writes a first checkpoint; does nothing if somebody else just did.
    func create(lane: Int32, at position: LanePosition, installation: String) throws(StoreError)
    /// Runs with all their tasks; runs nobody knows are missing from the answer.
    func load(_ runs: [Identifier]) throws(StoreError) -> [RunRows]
    func definitions(_ sha256: [String]) throws(StoreError) -> [String: Bytes]
    /// Registered versions: of a flow without number, the newest.
    func versions(_ asked: [FlowVersionKey]) throws(StoreError) -> [FlowVersionKey: FlowVersionRow]
    /// Starts one transaction: the fence first, then all facts. `outcome` tells what came of it.
    func submit(_ fences: [LaneFence], _ decision: borrowing Decision) throws(StoreError)
    func outcome() -> CommitOutcome
    /// After an unknown outcome: locks the checkpoints and tells whether the batch is there.
    func readBack(_ fences: [LaneFence]) throws(StoreError) -> ReadBack
    /// Notes batches as emitted, if the lanes are still ours, and removes their outbox rows.
    /// `isIdle` and a clean give-up also forget how often the lane was taken.
    func noteEmitted(_ lanes: [LaneFence], forgetTakes: Bool) throws(StoreError)
    /// Which of these lanes carry our token.
    func held(_ lanes: [LaneFence]) throws(StoreError) -> Set<Int32>
    func outbox(of lane: Int32, batch: Int64) throws(StoreError) -> [OutboxRow]
    /// Written before a record is tried that may have ended its reader.
    func noteTrying(_ trying: Trying, lane: Int32, owner: String) throws(StoreError)
    /// Moves one position of a lane we hold, and records why.
    func moveGap(_ gap: LaneGap, owner: String) throws(StoreError)
    /// Unfinished runs whose `next_check_at` has come: of each lane those after the time up to which it was looked at,
    /// and about `limit` of them at most.
    func dueRuns(_ lookedUntil: [Int32: Microseconds], limit: Int) throws(StoreError) -> DueRuns
    /// Notes up to which `next_check_at` these lanes have been looked at, where they are still ours.
    func noteLooked(_ lanes: [LaneFence], until times: [Int32: Microseconds]) throws(StoreError)
    /// The retry rows of these runs.
    func retryRows(of runs: [Identifier]) throws(StoreError) -> Set<AttemptKey>
    /// Which run is the live retry of each of these runs, where there is one.
    func liveRetries(of runs: [Identifier]) throws(StoreError) -> [Identifier: Identifier]
    /// Commands whose run exists by now, or that have waited since before `receivedBefore`, and stage retries that
    /// wait for no live retry any more, or since before `queuedBefore`; in order.
    func pendingCommands(
        _ lanes: [Int32], receivedBefore: Microseconds, queuedBefore: Microseconds, limit: Int
    ) throws(StoreError) -> PendingCommands
    /// For which of these runs commands wait.
    func waitingRuns(of runs: [Identifier]) throws(StoreError) -> Set<Identifier>
    /// Which of these commands were answered before: their audit rows are there, whatever the answer was.
    func answered(_ commands: [CommandKey]) throws(StoreError) -> Set<CommandKey>
    /// Adds to how attempts ended in this second, for circuit breakers. What gets lost only makes them slower.
    func noteOutcomes(_ outcomes: [AttemptTally]) throws(StoreError)
}

/// How attempts of a handler ended for one tenant; failures are those that are tried again.
public struct AttemptTally: Sendable, Equatable {
    public var handler: Identifier
    public var tenantID: Identifier
    public var succeeded: Int
    public var failed: Int

    public init(handler: Identifier, tenantID: Identifier, succeeded: Int, failed: Int) {
        self.handler = handler
        self.tenantID = tenantID
        self.succeeded = succeeded
        self.failed = failed
    }
}

public enum StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Not reachable, or not answering in time. Nothing is known to have happened.
    case unavailable(String)
    case refused(Refusal)

    public var description: String {
        switch self {
        case .unavailable(let words): words
        case .refused(let refusal): "\(refusal)"
        }
    }
}

public enum Refusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// A lane of the turn belongs to someone else now.
    case fenced
    /// A run of that id exists.
    case duplicateRun
    /// Another retry of a run is live.
    case liveRetry
    /// The parent of a stage retry is not as it was read.
    case parentChanged
    /// Something in a row; the turn is cut smaller until the row is found.
    case data(String)
    /// The server's trouble, not the rows' (disk full, shutting down, too many connections).
    case server(String)

    public var description: String {
        switch self {
        case .fenced: "a lane belongs to another orchestrator now"
        case .duplicateRun: "a run of that id exists"
        case .liveRetry: "another retry of the run is live"
        case .parentChanged: "the parent of a stage retry has changed"
        case .data(let words), .server(let words): words
        }
    }
}

public enum CommitOutcome: Sendable, Equatable {
    /// With Postgres' own time.
    case committed(Microseconds)
    case refused(Refusal)
    /// The connection ended before the answer.
    case unknown(String)
    /// The connection ended before anything was sent that could have committed.
    case unavailable(String)
}

public enum ReadBack: Sendable, Equatable {
    case committed(Microseconds)
    case notCommitted
    case lost(Set<Int32>)
}

public struct LaneCheckpoint: Sendable {
    public var lane: Int32
    public var epoch: Int64
    public var batch: Int64
    public var emitted: Int64
    public var takes: Int32
    public var trying: Trying?
    public var position: LanePosition
    public var touched: [Identifier]
    public var installation: String
    /// Every unfinished run with an earlier `next_check_at` has been looked at.
    public var lookedUntil: Microseconds
    public var updatedAt: Microseconds
    /// Postgres' time at the taking.
    public var takenAt: Microseconds

    public init(
        lane: Int32, epoch: Int64, batch: Int64, emitted: Int64, takes: Int32, trying: Trying?,
        position: LanePosition, touched: [Identifier], installation: String, updatedAt: Microseconds,
        takenAt: Microseconds, lookedUntil: Microseconds = 0
    ) {
        self.lane = lane
        self.epoch = epoch
        self.batch = batch
        self.emitted = emitted
        self.takes = takes
        self.trying = trying
        self.position = position
        self.touched = touched
        self.installation = installation
        self.updatedAt = updatedAt
        self.takenAt = takenAt
        self.lookedUntil = lookedUntil
    }
}

/// A record that is being tried with care, because its lane was taken several times without a commit.
public struct Trying: Sendable, Equatable {
    public var topic: InputTopic
    public var offset: Int64
    public var tries: Int32
    public init(topic: InputTopic, offset: Int64, tries: Int32) {
        self.topic = topic
        self.offset = offset
        self.tries = tries
    }
}

/// What the fence compares and writes for one lane of a turn.
public struct LaneFence: Sendable {
    public var lane: Int32
    public var owner: String
    /// The batch we know; the turn makes the next one.
    public var batch: Int64
    public var emitted: Int64
    public var position: LanePosition
    public var touched: [Identifier]

    public init(
        lane: Int32, owner: String, batch: Int64, emitted: Int64, position: LanePosition, touched: [Identifier]
    ) {
        self.lane = lane
        self.owner = owner
        self.batch = batch
        self.emitted = emitted
        self.position = position
        self.touched = touched
    }
}

/// Runs to be looked at, and the time up to which all were found.
public struct DueRuns: Sendable {
    public var runs: [Identifier]
    public var lookedUntil: [Int32: Microseconds]

    public init(runs: [Identifier], lookedUntil: [Int32: Microseconds]) {
        self.runs = runs
        self.lookedUntil = lookedUntil
    }
}

/// The name of an attempt, and of the retry row that starts it.
public struct AttemptKey: Sendable, Hashable {
    public var runID: Identifier
    public var taskID: Identifier
    public var attempt: Int32

    public init(runID: Identifier, taskID: Identifier, attempt: Int32) {
        self.runID = runID
        self.taskID = taskID
        self.attempt = attempt
    }
}

/// The name of a command: two people may use the same request id on two runs.
public struct CommandKey: Sendable, Hashable {
    public var runID: Identifier
    public var requestID: Bytes

    public init(runID: Identifier, requestID: Bytes) {
        self.runID = runID
        self.requestID = requestID
    }
}

extension RunCommand {
    public var key: CommandKey { CommandKey(runID: runID, requestID: requestID) }
}

extension AuditRow {
    public var key: CommandKey { CommandKey(runID: runID, requestID: requestID) }
}

public struct LaneGap: Sendable, Equatable {
    public var lane: Int32
    public var topic: InputTopic
    public var expected: Int64
    public var continuedAt: Int64
    public init(lane: Int32, topic: InputTopic, expected: Int64, continuedAt: Int64) {
        self.lane = lane
        self.topic = topic
        self.expected = expected
        self.continuedAt = continuedAt
    }
}

public struct FlowVersionKey: Sendable, Hashable {
    public var flowID: Identifier
    /// Nil: the newest.
    public var version: Int32?
    public init(flowID: Identifier, version: Int32?) {
        self.flowID = flowID
        self.version = version
    }
}

public struct FlowVersionRow: Sendable {
    public var version: Int32
    public var sha256: String
    public init(version: Int32, sha256: String) {
        self.version = version
        self.sha256 = sha256
    }
}
