import Workflow

/// Dead letters, campaigns and breakers as rows.
extension Tables {
    struct Letter {
        var isTask: Bool
        var reason: String
        var runID: Identifier?
        var taskID: Identifier?
        var attempts: Int
        var isOpen: Bool
    }

    struct Campaign {
        struct Item {
            enum Status { case waiting, sent, succeeded, failed, refused, dropped }
            var item: CampaignItem
            var status = Status.waiting
            var sentAt: Microseconds = 0
        }

        var plan: CampaignPlan
        var status: CampaignStatus
        var items: [Item]
        var changes = 0
        var leader: String?
        var ledUntil: Microseconds = 0
        var pastSucceeded = 0
        var pastFailed = 0
        var hasEnded = false
        /// By the world's clock.
        var createdAt: Microseconds

        func count(_ status: Item.Status) -> Int { items.count { $0.status == status } }

        var tally: CampaignTally {
            var tally = CampaignTally()
            (tally.waiting, tally.underWay) = (count(.waiting), count(.sent))
            (tally.succeeded, tally.failed) = (count(.succeeded), count(.failed))
            (tally.refused, tally.dropped) = (count(.refused), count(.dropped))
            (tally.pastSucceeded, tally.pastFailed) = (pastSucceeded, pastFailed)
            return tally
        }
    }

    /// There is one handler and one tenant, so one breaker.
    struct Breaker {
        var state = BreakerState.closed
        var version: Int64 = 0
        var openings = 0
        var waveSize = 0
        var changedAt: Microseconds = .min
        var wave: Set<AttemptKey> = []
    }

    /// The lane that revives a task closes its letters.
    mutating func closeLetters(_ decision: Decision) {
        for task in decision.redriven {
            for (id, letter) in letters where letter.runID == task.runID && letter.taskID == task.taskID {
                letters[id]?.isOpen = false
            }
        }
    }

    /// Whether a letter's task has had fresh attempts since.
    func isRedriven(_ letter: Letter) -> Bool {
        guard letter.isTask, let run = letter.runID, let task = letter.taskID else { return false }
        return (tasks[run]?[task]).map { Int($0.attemptBase) >= letter.attempts } ?? false
    }

    /// What a campaign would take, as the real selection finds it.
    var redrivable: [(id: String, letter: Letter)] {
        let busy = Set(
            campaigns.values.flatMap(\.items).filter { $0.status == .waiting || $0.status == .sent }
                .map(\.item.messageID))
        return letters.filter { id, letter in
            guard letter.isTask, letter.isOpen, letter.reason != "poison", !busy.contains(id),
                let run = letter.runID.flatMap({ runs[$0] }),
                let task = letter.taskID.flatMap({ tasks[run.runID]?[$0] })
            else { return false }
            return run.state.status == .failed && run.state.liveKey == nil && task.status == .failed
                && Int(task.attempts) == letter.attempts
        }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
