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

    /// - `standard`: how long to wait where `--timeout` says nothing.
    func send(
        _ path: APIPath, _ body: RequestBody, standard: Duration
    ) throws(CommandFailure) -> APIClient.Answer {
        let limit = try call.values.duration("timeout") ?? standard
        let clock = Stopwatch()
        while true {
            let answer = try once(path, body, limit)
            guard answer.isPending, answer.object.text("outcome") == "pending" else { return answer }
            guard clock.elapsed() < limit else { throw undecided }
        }
    }

    private func once(
        _ path: APIPath, _ body: RequestBody, _ limit: Duration
    ) throws(CommandFailure) -> APIClient.Answer {
        do throws(CommandFailure) {
            return try api.send(path, body.bytes)
        } catch {
            guard error.code == .conflict, error.advice == nil, error.details.isEmpty else { throw error }
            throw CommandFailure(.conflict, "\(name) was refused: \(error.message)")
        }
    }

    var undecided: CommandFailure {
        CommandFailure(
            .waitTimedOut, "the command is sent, but no orchestrator has dealt with it yet",
            advice: "is flowfleet-orchestrator running?")
    }
}
