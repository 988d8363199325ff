import JSON
import Platform
import Workflow

extension Command {
    static let runWatch = Command(
        "run watch", "show a run as it goes, until it ends",
        discussion: """
            On a terminal a table that is kept up to date; otherwise one line for each change (an object with -o jsonl;
            with -o json one object when it has ended). The exit code tells the outcome, as that of `run wait`.
            """,
        operands: [Operand("RUN", "the run's id")],
        flags: [.timeout], hasFormat: true,
        examples: ["flowfleet run watch $RUN"]
    ) { call throws(CommandFailure) in
        try RunWatch(call, APIClient(call)).follow(call.operand(0), limit: try call.values.duration("timeout"))
    }
}

/// Looks at a run again and again: often at first, and more rarely the more tasks have to be read each time.
struct RunWatch {
    private let call: Invocation
    private let api: APIClient
    private let view: RunView

    init(_ call: Invocation, _ api: APIClient) {
        (self.call, self.api, view) = (call, api, RunView(call))
    }

    func follow(_ id: String, limit: Duration?) throws(CommandFailure) -> ExitCode {
        let clock = Stopwatch()
        var (pause, patience) = (Duration.milliseconds(100), Patience(call.console))
        while true {
            if let run = try look(id, &patience, clock.elapsed(), limit), run.hasEnded {
                if call.format == .json { call.console.put(bytes: run.object.json.bytes) }
                return RunEnd.code(of: run.object)
            }
            if let limit, clock.elapsed() >= limit { return .waitTimedOut }
            let left = limit.map { $0 - clock.elapsed() } ?? .seconds(60)
            _ = Stopwatch.pause(min(max(pause, view.cost * 4), left))
            pause = min(.milliseconds(500), pause * 1.3)
        }
    }

    private func look(
        _ id: String, _ patience: inout Patience, _ elapsed: Duration, _ limit: Duration?
    ) throws(CommandFailure) -> (object: APIObject, hasEnded: Bool)? {
        do throws(CommandFailure) {
            let clock = Stopwatch()
            let object = try api.get(APIPath("runs", id)).object
            let run = RunRecord(object)
            var tasks: [TaskRecord] = []
            if run.status != "requested" {
                var listing = Listing(api, APIPath("runs", id, "tasks"), limit: nil)
                tasks = try listing.all().map { TaskRecord($0) }
            }
            patience.noteAnswer()
            view.show(run, tasks, taking: clock.elapsed())
            return (object, run.hasEnded)
        } catch {
            if patience.bears(error) { return nil }
            guard error.code == .notFound else { throw error }
            guard elapsed < min(RunEnd.unknownLimit, limit ?? RunEnd.unknownLimit) else { throw RunEnd.unknown(id) }
            view.show(unknown: id)
            return nil
        }
    }
}
