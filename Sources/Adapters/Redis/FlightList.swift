/// Which replies are still to come, and for whom. Pure: Redis answers in the order of the commands.
struct FlightList {
    enum Purpose { case login, posted, awaited }
    private struct Flight {
        let purpose: Purpose
        var missing: Int
        let since: Int64
    }

    private var flights: [Flight] = []
    private var first = 0
    private var answer: [RedisReply] = []
    private var lastReply = Int64.min
    /// Posted commands without a reply.
    private(set) var outstanding = 0

    mutating func add(_ count: Int, _ purpose: Purpose, at now: Int64) {
        guard count > 0 else { return }
        flights.append(Flight(purpose: purpose, missing: count, since: now))
        if purpose == .posted { outstanding += count }
    }

    /// Nil for a reply that nobody waits for.
    mutating func land(_ reply: RedisReply, at now: Int64) -> Purpose? {
        guard first < flights.count else { return nil }
        let purpose = flights[first].purpose
        flights[first].missing -= 1
        lastReply = now
        if purpose == .posted { outstanding -= 1 }
        if purpose == .awaited { answer.append(reply) }
        if flights[first].missing == 0 { advance() }
        return purpose
    }

    /// No call waits any more.
    var isAnswered: Bool { !flights[first...].contains { $0.purpose == .awaited } }

    var isLoggingIn: Bool { flights[first...].contains { $0.purpose == .login } }

    mutating func takeAnswer() -> [RedisReply] {
        defer { answer = [] }
        return answer
    }

    /// Since when the server owes a reply and has sent none; nil when it owes nothing.
    var silentSince: Int64? {
        first < flights.count ? max(flights[first].since, lastReply) : nil
    }

    private mutating func advance() {
        first += 1
        guard first > 64, first * 2 > flights.count else { return }
        flights.removeFirst(first)
        first = 0
    }
}
