public import JSON

/// One thing to be told over one channel. The same notice may be sent several times; its id stays.
public struct Notice: Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        /// The run ended with a result.
        case result
        /// The run failed or was cancelled.
        case error
        /// How far the run is.
        case progress
        /// Before a token ends: what is done by then, and how the result will come.
        case early
    }

    /// Stable over tries and channels: receivers drop repeats by it.
    public var id: String
    public var kind: Kind
    public var run: RunNews
    public var pickUp: PickUp
    public var attach: ChannelRequest.Attachment
    /// What the same channel left behind at an earlier notice of this life of the run (`Verdict.delivered`).
    public var memo: String?

    public init(
        id: String, kind: Kind, run: RunNews, pickUp: PickUp, attach: ChannelRequest.Attachment = .auto,
        memo: String? = nil
    ) {
        self.id = id
        self.kind = kind
        self.run = run
        self.pickUp = pickUp
        self.attach = attach
        self.memo = memo
    }
}

/// What there is to be told of a run.
public struct RunNews: Sendable {
    public var runID: Identifier
    public var flowID: Identifier
    public var tenantID: Identifier
    public var userID: Identifier
    public var sessionID: Identifier
    public var status: RunStatus
    public var degraded: Bool
    /// JSON; nil without one.
    public var output: Bytes?
    public var error: String?
    public var createdAt: Microseconds
    public var completedAt: Microseconds?
    /// How often the run had ended, this end included.
    public var ending: Int32
    /// The first address found in the input.
    public var url: String?
    public var tasks: RunProgress
    /// A webhook's body, fixed when the end was recorded (or, for notices on the way, when they are made).
    public var body: Bytes

    public init(
        runID: Identifier, flowID: Identifier, tenantID: Identifier, userID: Identifier, sessionID: Identifier,
        status: RunStatus, degraded: Bool = false, output: Bytes? = nil, error: String? = nil,
        createdAt: Microseconds, completedAt: Microseconds? = nil, ending: Int32, url: String? = nil,
        tasks: RunProgress = RunProgress(), body: Bytes = []
    ) {
        self.runID = runID
        self.flowID = flowID
        self.tenantID = tenantID
        self.userID = userID
        self.sessionID = sessionID
        self.status = status
        self.degraded = degraded
        self.output = output
        self.error = error
        self.createdAt = createdAt
        self.completedAt = completedAt
        self.ending = ending
        self.url = url
        self.tasks = tasks
        self.body = body
    }
}

/// How far a run is; filled for notices on the way.
public struct RunProgress: Sendable, Equatable {
    public var done: Int
    /// 0: not known.
    public var total: Int
    /// Those that ended, in their order, a limited number.
    public var ended: [EndedTask]

    public init(done: Int = 0, total: Int = 0, ended: [EndedTask] = []) {
        self.done = done
        self.total = total
        self.ended = ended
    }

    public var percent: Int { total > 0 ? min(done * 100 / total, 100) : 0 }
}

public struct EndedTask: Sendable, Equatable {
    public var taskID: Identifier
    public var status: TaskStatus

    public init(taskID: Identifier, status: TaskStatus) {
        self.taskID = taskID
        self.status = status
    }
}

/// How somebody fetches a result that could not reach them.
public struct PickUp: Sendable, Equatable {
    /// The chat command.
    public var chatCommand: String
    /// The command line's.
    public var command: String
    /// Given where it was made for this notice; only its hash is kept.
    public var code: String?
    /// Where the results can be fetched over HTTP with the code alone, if the courier knows its own address.
    public var link: String?
    /// The link with the code; nil without either.
    public var address: String? { link.flatMap { link in code.map { "\(link)?code=\($0)" } } }

    public init(chatCommand: String, command: String, code: String? = nil, link: String? = nil) {
        self.chatCommand = chatCommand
        self.command = command
        self.code = code
        self.link = link
    }
}
