public import Workflow

/// Shows dead letters and fingerprints, and takes wishes for single ones.
public struct Letters {
    let reader: any LetterReading
    private let keeper: any LetterKeeping

    public init(reader: any LetterReading, keeper: any LetterKeeping) {
        self.reader = reader
        self.keeper = keeper
    }

    /// From the newest to the oldest.
    /// - `state`: `open`, `redriven`, `discarded`; nil: all.
    public func list(
        _ selection: LetterSelection, state: String?, before: Int? = nil, limit: Int
    ) throws(ServiceFailure) -> [LetterEntry] {
        try reaching { () throws(AccessFailure) in
            try reader.letters(selection, state: state, before: before, limit: limit)
        }
    }

    /// - `name`: the id or the message id.
    public func letter(_ name: String) throws(ServiceFailure) -> LetterEntry {
        let found = try reaching { () throws(AccessFailure) in try reader.letter(name) }
        guard let found else {
            throw ServiceFailure(
                .notFound, "no dead letter \(name) is kept",
                advice: "flowfleet dead-letter list; a new one is kept once flowfleet-drainer has read it")
        }
        return found
    }

    /// The command that gives the letter's task fresh attempts; refused here if it is clear that the lane would.
    public func redrive(_ letter: LetterEntry, _ wish: Wish) throws(ServiceFailure) -> RetryRequest {
        guard letter.kind == "task", let runID = letter.runID, let taskID = letter.taskID else {
            throw ServiceFailure(
                .conflict, "\(letter.messageID) is about a \(letter.kind): only a task can be redriven",
                advice: "send the request again, or flowfleet dead-letter discard \(letter.id) --reason TEXT")
        }
        guard letter.state == "open" else {
            throw ServiceFailure(.conflict, "\(letter.messageID) is \(letter.state) already")
        }
        return RetryRequest(
            runID: runID, requestID: wish.requestID, taskIDs: [taskID], afterAttempt: max(0, letter.attempts - 1),
            reason: wish.reason, actor: wish.actor)
    }

    public func discard(_ letter: LetterEntry, _ wish: Wish) throws(ServiceFailure) {
        let isDone = try reaching { () throws(AccessFailure) in try keeper.discard(letter.messageID, wish) }
        guard !isDone else { return }
        let now = try self.letter(letter.messageID)
        guard now.state == "open" else {
            throw ServiceFailure(.conflict, "\(letter.messageID) is \(now.state) already")
        }
        throw ServiceFailure(
            .conflict, "\(letter.messageID) is in a campaign that has not ended",
            advice: "flowfleet campaign list --live")
    }

    /// Those seen last first.
    public func fingerprints(_ filter: FingerprintFilter) throws(ServiceFailure) -> [FingerprintEntry] {
        try reaching { () throws(AccessFailure) in try reader.fingerprints(filter) }
    }

    public func fingerprint(_ id: String) throws(ServiceFailure) -> FingerprintEntry {
        let found = try reaching { () throws(AccessFailure) in try reader.fingerprint(id) }
        guard let found else {
            throw ServiceFailure(
                .notFound, "no fingerprint \(id) is known", advice: "flowfleet dead-letter fingerprints")
        }
        return found
    }

    public func annotate(_ id: String, _ annotation: FingerprintAnnotation, _ wish: Wish) throws(ServiceFailure)
        -> FingerprintEntry
    {
        _ = try reaching { () throws(AccessFailure) in try keeper.annotate(id, annotation, wish) }
        return try fingerprint(id)
    }
}
