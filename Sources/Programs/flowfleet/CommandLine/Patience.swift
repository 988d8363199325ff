import Platform

/// Bears with a gateway that is away for a while: whoever waits for minutes need not begin anew because it restarts.
struct Patience {
    private let console: Console
    private(set) var hasSeen = false
    private var awaySince: Stopwatch?
    static let limit = Duration.seconds(60)

    init(_ console: Console) { self.console = console }

    /// Nil while the gateway is away. Throws at once what is no outage, an outage at the first look, and one that lasts
    /// too long.
    mutating func over<Answer>(_ look: () throws(CommandFailure) -> Answer) throws(CommandFailure) -> Answer? {
        do throws(CommandFailure) {
            let answer = try look()
            noteAnswer()
            return answer
        } catch {
            guard bears(error) else { throw error }
            return nil
        }
    }

    /// Whether to ask again; says so once in each outage.
    mutating func bears(_ failure: CommandFailure) -> Bool {
        guard failure.code == .unreachable, hasSeen else { return false }
        if let awaySince { return awaySince.elapsed() < Self.limit }
        awaySince = Stopwatch()
        console.note("\(failure.message); asked again for \(Self.limit.components.seconds) s")
        return true
    }

    mutating func noteAnswer() { (hasSeen, awaySince) = (true, nil) }
}
