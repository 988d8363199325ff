/// Why a stage retry is not made: a code for programs, a sentence for people, and what exactly is missing.
public struct StageRefusal: Error, Sendable, Equatable {
    public enum Code: String, Sendable, CaseIterable {
        /// Nobody knows the run.
        case unknownRun = "unknown_run"
        /// The run's flow has no such stage.
        case unknownStage = "unknown_stage"
        /// There is nothing to try again.
        case stageSucceeded = "stage_succeeded"
        /// It was never tried, because something it depends on has no output.
        case neverExecuted = "stage_never_executed"
        /// A patch or an override that cannot be applied.
        case invalidChange = "invalid_change"
        /// The run has not ended.
        case notEnded = "run_not_ended"
        /// Another retry or redrive of the run is live.
        case liveRetry = "live_retry"
        /// The run or the wish is another one than when the plan was made.
        case planOutdated = "plan_outdated"
        /// Something that the stage or what follows it needs is not there.
        case missingState = "missing_state"
        /// A retry of a retry of a retry, too often.
        case depthLimit = "depth_limit"
        /// What the run began with, or its definition, is not kept.
        case missingSnapshot = "missing_snapshot"
        /// The reused part does not fit the newer definition.
        case definitionMismatch = "definition_mismatch"
        /// More is to be reused than any retry may.
        case tooLarge = "too_large"
        /// It waited in line for too long.
        case queueExpired = "queue_expired"
        /// Another run has the id that the new one was to have.
        case runExists = "run_exists"
        /// The request itself cannot be read.
        case invalidRequest = "invalid_request"
    }

    public let code: Code
    public let sentence: String
    public let details: [String]

    public init(_ code: Code, _ sentence: String, details: [String] = []) {
        self.code = code
        self.sentence = sentence
        self.details = details
    }

    /// As the audit log keeps it beside the code: the sentence, and the details behind it.
    public var auditDetail: String {
        sentence + (details.isEmpty ? "" : ": " + details.prefix(Self.keptDetails).joined(separator: "; "))
    }

    private static let keptDetails = 50
}
