public import Workflow

/// How a wait for a run came to its end.
public enum WaitOutcome: Equatable, Sendable {
    case ended(RunRecord)
    /// The time limit passed; the run goes on.
    case timedOut(RunRecord?)
    /// Nobody has taken a request with this id within the time that was given for it.
    case unknown
    case interrupted(RunRecord?)
}

/// Waits until a run ends by looking at its row, more and more rarely. Time comes from outside, so tests need none.
public struct RunWait {
    /// The whole time to wait; nil waits for ever.
    public var limit: Duration?
    /// How long an id may stay unknown; nil waits for it as for everything else.
    public var unknownLimit: Duration?
    public var firstPause: Duration = .milliseconds(20)
    public var longestPause: Duration = .milliseconds(500)
    /// Time since the wait began.
    let elapsed: () -> Duration
    /// Pauses, and says whether to go on: false once somebody asked the program to stop.
    let pause: (Duration) -> Bool

    public init(
        limit: Duration?, unknownLimit: Duration?, elapsed: @escaping () -> Duration,
        pause: @escaping (Duration) -> Bool
    ) {
        self.limit = limit
        self.unknownLimit = unknownLimit
        self.elapsed = elapsed
        self.pause = pause
    }

    /// - `look`: called with each reading of the row, nil while there is none.
    public func forRun(
        _ runID: String, reader: RunReader, look: (RunRecord?) throws(ServiceFailure) -> Void = { _ in }
    ) throws(ServiceFailure) -> WaitOutcome {
        var next = firstPause
        while true {
            let run = try reader.find(runID)
            try look(run)
            if let run, run.hasEnded { return .ended(run) }
            let now = elapsed()
            if let limit, now >= limit { return .timedOut(run) }
            if run == nil, let unknownLimit, now >= unknownLimit { return .unknown }
            guard pause(shortened(next, now)) else { return .interrupted(run) }
            next = min(longestPause, next * 1.3)
        }
    }

    /// Waits until a lane has dealt with a command; nil when the time limit passed or somebody interrupted. A request
    /// id is answered once: where it stood for another command before, that one's answer is none to this.
    public func forOutcome(of command: CommandDraft, reader: RunReader) throws(ServiceFailure) -> CommandOutcome? {
        let found = try forOutcome(ofRequest: command.requestID, run: command.runID, reader: reader)
        guard let outcome = found else { return nil }
        guard outcome.isAnswer(to: command.eventType) else {
            throw ServiceFailure(usedBefore: command.requestID, outcome)
        }
        return outcome
    }

    public func forOutcome(
        ofRequest requestID: String, run runID: String, reader: RunReader
    ) throws(ServiceFailure) -> CommandOutcome? {
        var next = firstPause
        while true {
            if let outcome = try reader.outcome(ofRequest: requestID, run: runID) { return outcome }
            let now = elapsed()
            if let limit, now >= limit { return nil }
            guard pause(shortened(next, now)) else { return nil }
            next = min(longestPause, next * 1.3)
        }
    }

    /// Waits until a lane has decided on a stage retry; nil when the time limit passed or somebody interrupted.
    public func forDecision(
        of draft: StageRetryDraft, _ retries: StageRetries
    ) throws(ServiceFailure) -> StageDecision? {
        var next = firstPause
        while true {
            if let decision = try retries.decision(of: draft) { return decision }
            let now = elapsed()
            if let limit, now >= limit { return nil }
            guard pause(shortened(next, now)) else { return nil }
            next = min(longestPause, next * 1.3)
        }
    }

    private func shortened(_ next: Duration, _ now: Duration) -> Duration {
        guard let limit else { return next }
        return min(next, limit - now)
    }
}
