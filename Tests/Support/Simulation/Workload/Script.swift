/// What each attempt of each task comes to, drawn from the seed: the same however often it is executed.
struct Script {
    enum Outcome: Equatable {
        case succeed, degrade, failTransient, failPermanent
        /// An output that the store refuses.
        case poison
        /// It ends the process of its executor, each time.
        case crash
    }

    let seed: UInt64
    let hasPoison: Bool
    var hasCrash = false

    func outcome(run: String, task: String, attempt: Int) -> Outcome {
        var dice = Dice(seed: seed.derived("\(run)/\(task)/\(attempt)"))
        switch dice.below(100) {
        case 0..<70: return .succeed
        case 70..<75: return .degrade
        case 85..<90 where hasCrash: return .crash
        case 75..<90: return .failTransient
        case 90..<95: return .failPermanent
        default: return hasPoison ? .poison : .succeed
        }
    }

    struct Ending: Equatable {
        var run: String
        var tasks: [String]
    }

    /// What a run of the flow comes to when nobody interferes.
    func ending(of flow: SimFlow, run: String) -> Ending {
        var statuses: [String] = []
        // Degraded by failure: null stands for the output.
        var empty: Set<Int> = []
        for (index, task) in flow.tasks.enumerated() {
            let isReached = task.dependsOn.allSatisfy { statuses[$0] == "succeeded" || statuses[$0] == "degraded" }
            let lacks = isReached && task.requires.map { empty.contains($0) } ?? false
            let status = lacks ? (task.degrades ? "degraded" : "failed") : self.status(of: task, run: run)
            statuses.append(isReached ? status : "skipped")
            if lacks || failsForGood(task, run: run) { empty.insert(index) }
        }
        return Ending(run: statuses.contains("failed") ? "failed" : "completed", tasks: statuses)
    }

    private func failsForGood(_ task: SimFlow.Task, run: String) -> Bool {
        for attempt in 0...task.maxRetries {
            switch outcome(run: run, task: task.id, attempt: attempt) {
            case .succeed, .degrade: return false
            case .failTransient: continue
            case .failPermanent, .poison, .crash: return true
            }
        }
        return true
    }

    private func status(of task: SimFlow.Task, run: String) -> String {
        for attempt in 0...task.maxRetries {
            switch outcome(run: run, task: task.id, attempt: attempt) {
            case .succeed: return "succeeded"
            case .degrade: return "degraded"
            case .failTransient: continue
            case .failPermanent, .poison, .crash: return task.degrades ? "degraded" : "failed"
            }
        }
        return task.degrades ? "degraded" : "failed"
    }
}
