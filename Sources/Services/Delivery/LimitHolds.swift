import Workflow

/// Limits of receivers that were reached: until when nothing that falls under them is sent.
struct LimitHolds {
    private var until: [String: Microseconds] = [:]

    var count: Int { until.count }

    /// Those that have passed go then: names of limits come and go with the tokens that they stand for.
    mutating func hold(_ limit: String, until time: Microseconds, now: Microseconds) {
        until = until.filter { $0.value > now }
        until[limit] = max(until[limit] ?? time, time)
    }

    /// How long the first of these is held back yet; nil: none is.
    mutating func wait(_ limits: [String], at now: Microseconds) -> Microseconds? {
        var longest: Microseconds = 0
        for limit in limits {
            guard let time = until[limit] else { continue }
            if time <= now { until[limit] = nil } else { longest = max(longest, time - now) }
        }
        return longest > 0 ? longest : nil
    }
}
