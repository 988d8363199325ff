public import Workflow

/// Cancels, pauses or resumes all runs of a session that have not ended.
public struct SessionControls {
    private let store: any SessionReading
    private let publisher: any RequestPublishing

    public init(store: any SessionReading, publisher: any RequestPublishing) {
        self.store = store
        self.publisher = publisher
    }

    /// Sends one command for each run, page by page; runs that are asked for later are not among them. Gives the
    /// commands, whose outcomes the lanes tell.
    /// - `sent`: called after each page with how many there were so far; false stops.
    public func send(
        _ kind: CommandDraft.Kind, to sessionID: String, actionID: String, actor: String?, reason: String?,
        sent: (Int) -> Bool = { _ in true }
    ) throws(ServiceFailure) -> [(requestID: String, runID: String)] {
        guard try reaching({ () throws(AccessFailure) in try store.session(sessionID) }) != nil else {
            throw ServiceFailure(.notFound, "no session \(sessionID) is known")
        }
        var commands: [(requestID: String, runID: String)] = []
        var last = ""
        while true {
            let runs = try reaching { () throws(AccessFailure) in
                try store.openRuns(of: sessionID, after: last, limit: Self.page)
            }
            guard let end = runs.last else { return commands }
            last = end
            var messages: [RunMessage] = []
            for run in runs {
                let request = SessionRetries.requestID(actionID, run)
                let draft = CommandDraft(kind, runID: run, requestID: request, reason: reason, actor: actor)
                messages.append(RunMessage(runID: run, value: draft.message[...]))
                commands.append((request, run))
            }
            try reaching { () throws(AccessFailure) in try publisher.publish(messages) }
            guard sent(commands.count), runs.count == Self.page else { return commands }
        }
    }

    static let page = 1_000
}
