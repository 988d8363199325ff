import Platform

/// A command to a run: sent, and waited for until its lane has decided.
///
/// The gateway waits some seconds for the lane. Where that is not enough the same command is sent again under the same
/// id, which a lane carries out once, and its answer is read.
struct LaneCommand {
    let call: Invocation
    let api: APIClient
    /// What the command is called in messages.
    let name: String

    /// Prints what came of it. A lane that has not decided in time does so later: exit code 12, and how to look then.
    /// - `standard`: how long to wait where `--timeout` says nothing.
    /// - `ids`: the flags that make the same command again the same request.
    func run(
        _ path: APIPath, _ body: RequestBody, _ printer: Printer, standard: Duration, ids: [(flag: String, id: String)]
    ) throws(CommandFailure) -> ExitCode {
        let answer = try send(path, body, standard: standard)
        printer.one(OutputRecord(answer.object))
        guard answer.isUndecided else { return .ok }
        let again = ids.map { "--\($0.flag) \($0.id)" }.joined(separator: " ")
        call.console.note("the command is sent, but no orchestrator has dealt with it yet: is one running?")
        call.console.note("  → flowfleet run get \(answer.object.text("run_id") ?? "RUN") shows what comes of it")
        call.console.note("  → the same command with \(again) asks again, and is carried out once")
        return .waitTimedOut
    }

    private func send(
        _ path: APIPath, _ body: RequestBody, standard: Duration
    ) throws(CommandFailure) -> APIClient.Answer {
        let limit = try call.values.duration("timeout") ?? standard
        let clock = Stopwatch()
        var progress = Progress(call.console)
        defer { progress.end(keeping: false) }
        while true {
            let answer = try once(path, body)
            guard answer.isUndecided, clock.elapsed() < limit else { return answer }
            if call.console.notesIsTerminal {
                progress.show("\(name): no orchestrator has answered yet, \(clock.elapsed().components.seconds) s")
            }
        }
    }

    private func once(_ path: APIPath, _ body: RequestBody) throws(CommandFailure) -> APIClient.Answer {
        do throws(CommandFailure) {
            return try api.send(path, body.bytes)
        } catch {
            guard error.code == .conflict, error.advice == nil, error.details.isEmpty else { throw error }
            throw CommandFailure(.conflict, "\(name) was refused: \(error.message)")
        }
    }
}

extension APIClient.Answer {
    fileprivate var isUndecided: Bool { isPending && object.text("outcome") == "pending" }
}
