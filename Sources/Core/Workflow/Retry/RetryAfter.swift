/// Reads `Retry-After` (RFC 9110 §10.2.3): seconds, or a date, which is compared with the server's own `Date`, so that
/// no clock of ours takes part.
package enum RetryAfter {
    package static let longest = 24 * 3_600 * 1_000

    package static func milliseconds(_ reply: HTTPReply) -> Int? {
        guard let value = header("retry-after", reply) else { return nil }
        if let seconds = Int(value) {
            return seconds >= 0 ? min(seconds, longest / 1_000) * 1_000 : nil
        }
        guard let until = seconds(value), let now = header("date", reply).flatMap(seconds) else { return nil }
        return min(max(0, until - now), longest / 1_000) * 1_000
    }

    private static func header(_ name: String, _ reply: HTTPReply) -> String? {
        guard let value = reply.headers.last(where: { $0.name == name })?.value else { return nil }
        return value.split(separator: " ").joined(separator: " ")
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT` as seconds from some fixed point.
    private static func seconds(_ date: String) -> Int? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = date.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int(parts[1]), (1...31).contains(day),
            let month = months.firstIndex(of: String(parts[2])), let year = Int(parts[3]),
            (1_970...9_999).contains(year)
        else { return nil }
        let time = parts[4].split(separator: ":").compactMap { Int($0) }
        guard time.count == 3, time.allSatisfy({ (0...60).contains($0) }) else { return nil }
        let shifted = month >= 2 ? (year, month - 2) : (year - 1, month + 10)
        let days = shifted.0 * 365 + shifted.0 / 4 - shifted.0 / 100 + shifted.0 / 400 + (153 * shifted.1 + 2) / 5 + day
        return days * 86_400 + time[0] * 3_600 + time[1] * 60 + time[2]
    }
}
