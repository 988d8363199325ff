/// What a campaign is doing. docs/reference/campaign-states.md holds the same table, and a test compares.
public enum CampaignStatus: String, Sendable, CaseIterable {
    /// The first few are sent, and all of them are waited for.
    case canary
    /// The rest is sent, at its pace.
    case running
    /// Somebody halted it; what is under way is still followed.
    case paused
    /// It halted itself, for too much failed again; what is under way is still followed.
    case stopped
    /// Somebody ended it; what waited was dropped, what is under way is still followed.
    case cancelled
    /// Nothing is left to do.
    case completed

    /// Nothing more is sent, ever.
    public var isFinal: Bool { self == .cancelled || self == .completed }

    public func allows(_ command: CampaignCommand) -> Bool {
        switch command {
        case .pause: self == .canary || self == .running
        case .resume: self == .paused || self == .stopped
        case .cancel: !isFinal
        }
    }
}

public enum CampaignCommand: String, Sendable, CaseIterable {
    case pause, resume, cancel
}

/// How fast a campaign goes, and when it stops itself.
public struct CampaignPlan: Sendable, Equatable {
    /// So many must have a result before the rest follows; 0: none.
    public var canary = 10
    /// Items a second.
    public var rate = 20.0
    /// Items under way at once.
    public var concurrency = 50
    /// The share of results that may be failures: 0 to 1.
    public var stopRatio = 0.5
    /// Results before that share is judged; the end of the canary is judged in any case.
    public var stopAfter = 10

    public init() {}

    /// Where a campaign begins, and where one goes on that was halted.
    public func beginning(results: Int = 0) -> CampaignStatus { results < canary ? .canary : .running }
}

/// How many items of a campaign are where.
public struct CampaignTally: Sendable, Equatable {
    public var waiting = 0
    public var underWay = 0
    public var succeeded = 0
    public var failed = 0
    public var refused = 0
    public var dropped = 0
    /// Of the results, those that were there when somebody resumed it after it had stopped: they are judged no more.
    public var pastSucceeded = 0
    public var pastFailed = 0

    public init() {}

    public var items: Int { waiting + underWay + succeeded + failed + refused + dropped }
    /// A refused item says nothing about whether the fault is mended, so it is no result.
    public var results: Int { succeeded + failed }
    /// Results since it began, or was resumed after it had stopped.
    public var fresh: Int { results - pastSucceeded - pastFailed }
}

public enum CampaignAction: Sendable, Equatable {
    case send(Int)
    case become(CampaignStatus, String)
    /// Cancelled, and nothing is under way any more.
    case end
}

/// Runs one campaign: counts and the time in, actions out. Pure; what it remembers is only its pace.
public struct CampaignMachine: Sendable {
    public let plan: CampaignPlan
    /// Items that may be sent at once, and when that was worked out.
    private var allowance = 1.0
    private var lastTime: Microseconds?

    public init(_ plan: CampaignPlan) { self.plan = plan }

    /// What to do now. After a `become` it is asked again with the new status.
    public mutating func decide(_ status: CampaignStatus, _ tally: CampaignTally, at now: Microseconds)
        -> [CampaignAction]
    {
        earn(until: now)
        switch status {
        case .canary, .running:
            if let sentence = tooManyFailures(status, tally) { return [.become(.stopped, sentence)] }
            return status == .canary ? sendCanary(tally) : sendRest(tally)
        case .cancelled: return tally.underWay == 0 ? [.end] : []
        case .paused, .stopped, .completed: return []
        }
    }

    /// The pace is kept over a second: what was not used by then is lost, so that a halt is not made up for.
    private mutating func earn(until now: Microseconds) {
        let passed = max(0, now - (lastTime ?? now))
        lastTime = max(now, lastTime ?? now)
        allowance = min(allowance + Double(passed) / 1e6 * plan.rate, max(1, plan.rate))
    }

    private func tooManyFailures(_ status: CampaignStatus, _ tally: CampaignTally) -> String? {
        let failed = tally.failed - tally.pastFailed
        let judged = tally.fresh
        let canaryIsOver = status == .canary && tally.fresh >= plan.canary
        let nothingIsLeft = tally.waiting == 0 && tally.underWay == 0
        guard judged > 0, judged >= plan.stopAfter || canaryIsOver, !nothingIsLeft || canaryIsOver else { return nil }
        guard Double(failed) > plan.stopRatio * Double(judged) else { return nil }
        return "\(failed) of \(judged) failed again"
    }

    private mutating func sendCanary(_ tally: CampaignTally) -> [CampaignAction] {
        if tally.fresh >= plan.canary {
            return [.become(.running, "\(tally.succeeded - tally.pastSucceeded) of \(tally.fresh) succeeded")]
        }
        if tally.waiting == 0, tally.underWay == 0 { return [.become(.running, "nothing is left")] }
        return send(plan.canary - tally.fresh - tally.underWay, tally)
    }

    private mutating func sendRest(_ tally: CampaignTally) -> [CampaignAction] {
        if tally.waiting == 0, tally.underWay == 0 {
            return [
                .become(.completed, "\(tally.succeeded) succeeded, \(tally.failed) failed, \(tally.refused) refused")
            ]
        }
        return send(tally.waiting, tally)
    }

    private mutating func send(_ wanted: Int, _ tally: CampaignTally) -> [CampaignAction] {
        let count = min(wanted, tally.waiting, plan.concurrency - tally.underWay, Int(allowance))
        guard count > 0 else { return [] }
        allowance -= Double(count)
        return [.send(count)]
    }
}
