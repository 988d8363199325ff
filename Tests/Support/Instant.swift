import Foundation

/// A point in time read from an event (`…T10:00:00.123Z`) or a row (`…T10:00:00.123456+00:00`), in milliseconds: events
/// carry no more.
struct Instant: Comparable {
    let milliseconds: Int64

    init?(_ text: String?) {
        guard let text else { return nil }
        let whole = text.prefix(19)
        guard let date = try? Date(String(whole) + "Z", strategy: .iso8601) else { return nil }
        let fraction = text.dropFirst(19).first == "." ? text.dropFirst(20).prefix { $0.isNumber }.prefix(3) : ""
        let thousandths = Int64(fraction.padding(toLength: 3, withPad: "0", startingAt: 0)) ?? 0
        milliseconds = Int64(date.timeIntervalSince1970) * 1000 + thousandths
    }

    static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }
}
