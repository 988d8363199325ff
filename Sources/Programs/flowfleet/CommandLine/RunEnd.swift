import Platform

/// Waits for the end of a run and says on standard error how it went.
struct RunEnd {
    private let call: Invocation
    private let api: APIClient

    init(_ call: Invocation, _ api: APIClient) {
        self.call = call
        self.api = api
    }

    /// An id that stays unknown this long is a typing error, unless we have sent its request ourselves.
    static let unknownLimit = Duration.seconds(10)
    /// After this long a request of ours that nobody takes is worth a remark.
    static let remarkAfter = Duration.seconds(5)

    /// - `isOurs`: the request was sent by this very command, so the run is known from the beginning.
    func wait(
        for runID: String, limit: Duration?, isOurs: Bool
    ) throws(CommandFailure) -> (code: ExitCode, result: APIObject?) {
        let clock = Stopwatch()
        var (hasRemarked, patience, progress) = (false, Patience(call.console), Progress(call.console))
        if isOurs { patience.noteAnswer() }
        while true {
            let left = limit.map { $0 - clock.elapsed() }
            // A first look that comes back at once tells an address where nobody is from a gateway that goes away.
            let wait = !patience.hasSeen ? .zero : hasRemarked || !isOurs ? Duration.seconds(25) : Self.remarkAfter
            let seen = try patience.over { () throws(CommandFailure) in
                try look(runID, waiting: min(wait, left ?? wait))
            }
            let sight = seen ?? .away
            if case .ended(let result) = sight {
                progress.end(keeping: false)
                tell(result, runID)
                return (Self.code(of: result), result)
            }
            try refuse(sight, runID, isOurs, clock.elapsed(), limit)
            if let limit, clock.elapsed() >= limit {
                progress.end(keeping: false)
                return timedOut(sight, runID)
            }
            if !hasRemarked, let remark = Self.remark(sight, runID, isOurs, clock.elapsed()) {
                hasRemarked = true
                call.console.note(remark)
            }
            if call.console.notesIsTerminal { progress.show(Self.waiting(sight, runID, clock.elapsed())) }
            if case .going = sight, (left ?? wait) >= .seconds(1) { continue }
            _ = Stopwatch.pause(min(.milliseconds(200), max(.milliseconds(1), left ?? .seconds(1))))
        }
    }

    /// What one look found.
    enum Sight {
        case ended(APIObject)
        case going(status: String)
        case unknown
        /// The gateway did not answer; it will be asked again.
        case away
    }

    private func look(_ runID: String, waiting: Duration) throws(CommandFailure) -> Sight {
        let seconds = max(0, Int(waiting.components.seconds))
        let path = APIPath("runs", runID, "result").with("wait", seconds > 0 ? seconds : nil)
        do throws(CommandFailure) {
            let answer = try api.get(path, waiting: .seconds(seconds))
            guard answer.isPending else { return .ended(answer.object) }
            return .going(status: answer.object.text("status") ?? "requested")
        } catch {
            guard error.code == .notFound else { throw error }
            return .unknown
        }
    }

    /// A wait that was shorter than our patience with an unknown id ends the same way.
    private func refuse(
        _ sight: Sight, _ runID: String, _ isOurs: Bool, _ elapsed: Duration, _ limit: Duration?
    ) throws(CommandFailure) {
        guard case .unknown = sight, !isOurs, elapsed >= min(Self.unknownLimit, limit ?? Self.unknownLimit) else {
            return
        }
        throw Self.unknown(runID)
    }

    private func timedOut(_ sight: Sight, _ runID: String) -> (code: ExitCode, result: APIObject?) {
        var status = "not taken yet"
        if case .going(let now) = sight, now != "requested" { status = now }
        call.console.note("run \(runID) has not ended: \(status); it goes on")
        call.console.note("  → flowfleet run watch \(runID)")
        return (.waitTimedOut, nil)
    }

    private static func remark(_ sight: Sight, _ runID: String, _ isOurs: Bool, _ elapsed: Duration) -> String? {
        switch sight {
        case .going("requested") where elapsed >= remarkAfter:
            "no orchestrator has taken the request yet: is flowfleet-orchestrator running?"
        case .unknown where elapsed > .seconds(1):
            "no run \(runID) is known yet; \(unknownLimit.components.seconds) s are given to one just asked for"
        default: nil
        }
    }

    private static func waiting(_ sight: Sight, _ runID: String, _ elapsed: Duration) -> String {
        guard case .going(let status) = sight else { return "run \(runID): \(elapsed.components.seconds) s" }
        return "run \(runID): \(status), \(elapsed.components.seconds) s"
    }

    static func unknown(_ runID: String) -> CommandFailure {
        CommandFailure(
            .notFound, "no run \(runID) is known",
            advice: "a request becomes a run when an orchestrator takes it; flowfleet run list shows the runs")
    }

    static func code(of result: APIObject) -> ExitCode {
        switch result.text("status") {
        case "completed": .ok
        case "cancelled": .runCancelled
        default: .runFailed
        }
    }

    static func line(_ runID: String, _ status: String, isDegraded: Bool, _ error: String?) -> String {
        "run \(runID) \(isDegraded ? status + " (degraded)" : status)"
            + (error.map { ": " + TextTable.harmless($0) } ?? "")
    }

    static func line(_ result: APIObject) -> String {
        line(
            result.text("run_id") ?? "", result.text("status") ?? "", isDegraded: result.bool("degraded"),
            result.text("error"))
    }

    /// One line for the run; for one that went wrong also each failed task.
    private func tell(_ result: APIObject, _ runID: String) {
        call.console.note(Self.line(result))
        guard result.text("status") == "failed" || result.bool("degraded") else { return }
        for status in ["failed", "degraded"] {
            var tasks = Listing(api, APIPath("runs", runID, "tasks").with("status", status), limit: 20)
            // How it ended is known; a gateway that goes away now changes nothing of it.
            guard let found = try? tasks.all() else {
                return call.console.note("  the gateway does not answer: flowfleet run tasks \(runID) shows its tasks")
            }
            for task in found where task.text("error") != nil {
                let count = task.int("attempts") ?? 0
                let attempts = count == 1 ? "1 attempt" : "\(count) attempts"
                let error = TextTable.harmless(task.text("error") ?? "")
                call.console.note("  task \(task.text("task_id") ?? "") \(status) after \(attempts): \(error)")
            }
        }
    }
}
