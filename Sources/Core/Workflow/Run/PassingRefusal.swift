/// Why a run cannot be revived now, and can be soon: what a campaign waits for instead of giving its items up.
public enum PassingRefusal {
    static let notEnded = "the run has not ended: "
    static let justEnding = "the run is just ending"
    public static let otherRetry = "another retry of the run is live: "

    public static func matches(_ answer: String) -> Bool {
        [notEnded, justEnding, otherRetry].contains { answer.hasPrefix($0) }
    }
}
