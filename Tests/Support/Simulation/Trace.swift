import JSON
import Workflow

/// What happened, in order; kept only for a seed that is looked at.
struct Trace {
    let isOn: Bool
    private(set) var lines: [String] = []

    mutating func note(_ time: Microseconds, _ line: @autoclosure () -> String) {
        guard isOn else { return }
        let milliseconds = (time - SimWorld.start) / 1_000
        lines.append("\(milliseconds) ms  \(line())")
    }
}

/// Why a simulation failed.
package struct Violation: Sendable {
    package let invariant: String
    package let sentence: String
}

extension JSONValue {
    /// A member's text; empty when it is not there.
    func name(_ member: StaticString) -> String {
        (self.member(member)?.text).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}

extension Bytes {
    init(_ text: String) { self = Array(text.utf8)[...] }
    var asText: String { String(decoding: self, as: UTF8.self) }
}
