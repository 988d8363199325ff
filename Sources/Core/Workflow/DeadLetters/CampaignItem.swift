/// One dead letter of a campaign, on its way back.
public struct CampaignItem: Sendable, Equatable {
    public var item: Int
    public var messageID: String
    public var runID: String
    public var taskID: String
    /// The attempt that the letter is about.
    public var attempt: Int
    /// The same for all items of one run: they go in one command.
    public var requestID: String

    public init(item: Int, messageID: String, runID: String, taskID: String, attempt: Int, requestID: String) {
        self.item = item
        self.messageID = messageID
        self.runID = runID
        self.taskID = taskID
        self.attempt = attempt
        self.requestID = requestID
    }
}

/// What the rows say of an item that was sent.
public struct ItemSight: Sendable, Equatable {
    public var item: CampaignItem
    /// Since it was sent last.
    public var age: Microseconds
    /// What the lane answered; nil while it has not.
    public var isAccepted: Bool?
    public var answer: String?
    /// Of a refusal that may be over soon.
    public var code: CommandRefusal.Code?
    public var taskStatus: TaskStatus?
    /// Tries that the task has had.
    public var attempts: Int
    public var taskError: String?
    public var runStatus: RunStatus?

    public init(_ item: CampaignItem, age: Microseconds) {
        self.item = item
        self.age = age
        attempts = 0
    }
}

/// What follows for an item from what the rows say.
public enum ItemVerdict: Sendable, Equatable {
    case wait
    /// No answer for long: the command may be lost. The same command again changes nothing if it is not.
    case sendAgain
    case succeeded(String?)
    case failed(String)
    case refused(String)
    /// Somebody else has the run going: it is tried again, in a command of its own, once that is over.
    case putBack(String)

    /// An answer takes a turn of the lane; after this long without one the command is sent again.
    public static let patience: Microseconds = 15_000_000

    /// The name of the next command of an item whose last one was refused for now: the same for all items of its run.
    public static func nextRequestID(after requestID: String) -> String {
        let parts = requestID.split(separator: "+", omittingEmptySubsequences: false)
        guard parts.count > 1, let number = parts.last.flatMap({ Int($0) }) else { return requestID + "+1" }
        return parts.dropLast().joined(separator: "+") + "+\(number + 1)"
    }

    public static func of(_ sight: ItemSight) -> ItemVerdict {
        guard let isAccepted = sight.isAccepted else { return sight.age >= patience ? .sendAgain : .wait }
        guard isAccepted else {
            let why = sight.answer ?? "no reason given"
            return sight.code != nil ? .putBack(why) : .refused(why)
        }
        guard let runStatus = sight.runStatus else { return .failed("its run is gone") }
        switch sight.taskStatus {
        case .succeeded: return .succeeded(nil)
        case .degraded: return .succeeded("degraded")
        case .failed where sight.attempts > sight.item.attempt + 1: return .failed(sight.taskError ?? "failed again")
        case .cancelled: return .failed("cancelled")
        case .skipped: return .failed("skipped")
        default:
            return runStatus.isFinal ? .failed("the run ended as \(runStatus.rawValue) without a new attempt") : .wait
        }
    }
}
