public import JSON

/// What a stage retry would do: which tasks it reuses, which run again, and what stands against it.
///
/// A pure function of the parent's rows, the definition and the wish; the gateway shows it, the lane makes the run
/// by it.
public struct StageRetryPlan: Sendable {
    public struct Reused: Sendable, Equatable {
        /// The place in the definition it runs by.
        public let task: Int
        public let taskID: Identifier
        public let status: TaskStatus
        /// The output that stands in for its own.
        public let override: Bytes?
    }

    /// A task below the stage that cannot run all the same.
    public struct Blocked: Sendable, Equatable {
        public let task: Int
        public let taskID: Identifier
        /// What it depends on that has no output, and its status.
        public let why: String
    }

    public let flow: Flow
    /// The stage asked for.
    public let stage: Identifier
    /// Where it begins: the stage, and the one whose output it validates.
    public let starts: [Identifier]
    public let reused: [Reused]
    /// In the order of the stages.
    public let again: [Identifier]
    public let blocked: [Blocked]
    /// What tasks that run again need and the reused part does not give.
    public let missing: [String]
    public let depth: Int32
    /// The live retry or redrive of the parent.
    public let live: Identifier?
    /// With the patch.
    public let input: Bytes
    /// Another one as soon as the parent, the definition or the wish is another.
    public let version: String

    /// Why no run can be made by it now; nil when one can.
    public var refusal: StageRefusal? {
        if let live {
            return StageRefusal(.liveRetry, "another retry of the run is live: \(live)", details: [])
        }
        guard !missing.isEmpty else { return nil }
        return StageRefusal(.missingState, "what the stage needs is not there", details: missing)
    }
}

/// What a plan is made from.
public struct StageRetrySources: Sendable {
    public var parent: RunRows
    /// The definition the parent ran by; nil when it is not kept or compiles no more.
    public var pinned: Flow?
    /// Another definition to run by.
    public var latest: Flow?
    public var live: Identifier?
    public var depthLimit: Int

    public init(parent: RunRows, pinned: Flow?, latest: Flow?, live: Identifier?, depthLimit: Int) {
        self.parent = parent
        self.pinned = pinned
        self.latest = latest
        self.live = live
        self.depthLimit = depthLimit
    }
}

extension StageRetryPlan {
    /// The plan, or why there can be none. Missing state and a live retry are part of the plan: `refusal` tells them.
    public static func make(
        _ sources: StageRetrySources, _ wish: StageRetryRequest
    ) -> Result<StageRetryPlan, StageRefusal> {
        do throws(StageRefusal) {
            var planner = try StageRetryPlanner(sources, wish)
            let plan = try planner.plan()
            if let seen = wish.planVersion, !seen.elementsEqual(plan.version.utf8) {
                throw StageRefusal(
                    .planOutdated, "the plan is \(plan.version) by now: ask for it again, and retry with that version")
            }
            return .success(plan)
        } catch {
            return .failure(error)
        }
    }

    /// The most a retry may reuse, in bytes of outputs, input and context.
    public static let reusedBytes = 256 * 1024 * 1024
}
