import JSON
import Workflow

/// Where a page of a list ends, as a text that callers only pass back.
enum PageCursor {
    /// Two parts in Base64 that fits an address.
    static func text(_ number: Int64, _ id: String) -> String {
        Base64.encode(Array("\(number).\(id)".utf8)[...]).url
    }

    static func text(_ id: String) -> String { Base64.encode(Array(id.utf8)[...]).url }

    static func id(_ text: String) throws(Problem) -> String {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        let plain = text.replacing("-", with: "+").replacing("_", with: "/") + padding
        guard let bytes = Base64.decode(Array(plain.utf8)[...]),
            let id = String(validating: bytes, as: UTF8.self), !id.isEmpty, id.utf8.count <= 300,
            !id.utf8.contains(0)
        else { throw .parameter("cursor", "is not one that a page gave") }
        return id
    }

    static func text(_ place: RunEvent.Place) -> String {
        text(place.at, "\(place.rank).\(place.attempt).\(place.taskID)")
    }

    static func event(_ text: String) throws(Problem) -> RunEvent.Place {
        let (at, rest) = try pair(text)
        let parts = rest.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let rank = Int(parts[0]), let attempt = Int(parts[1]), (-1...1 << 31).contains(attempt),
            (0...9).contains(rank), abs(at) < 1 << 57
        else { throw .parameter("cursor", "is not one that a page gave") }
        return RunEvent.Place(at: at, rank: rank, taskID: String(parts[2]), attempt: attempt)
    }

    static func pair(_ text: String) throws(Problem) -> (number: Int64, id: String) {
        let plain = try id(text)
        guard let dot = plain.firstIndex(of: "."), let number = Int64(plain[..<dot]),
            number.magnitude < 1 << 57
        else {
            throw .parameter("cursor", "is not one that a page gave")
        }
        return (number, String(plain[plain.index(after: dot)...]))
    }
}

extension [UInt8] {
    fileprivate var url: String {
        String(decoding: self, as: UTF8.self).replacing("+", with: "-").replacing("/", with: "_").replacing(
            "=", with: "")
    }
}
