import JSON
import TestSupport
import Testing

/// Always the same damaged texts, so that a failure is one for everybody.
struct FuzzTests {
    private static let corpus =
        (Grammar.accepted + Grammar.refused + Grammar.takenByChoice).map { Array($0.utf8) }
        + [
            #"{"run_id":"r-1","task_id":"a","output":{"s":[1,2.5e-3,"é\n\ud83d\ude00"]},"attempt":0,"#
                + #""status":"succeeded"}"#,
            #"{"event_type":"flow_run_requested","input":{"a":[[],{},null]},"labels":{"env":"prod"},"#
                + #""delivery":[true]}"#,
        ].map { Array($0.utf8) }

    @Test func `no text traps, and all readers agree`() {
        var texts = RandomJSON(seed: 4)
        var members = JSONMembers()
        var taken = 0
        for round in 0..<60 {
            for seed in Self.corpus {
                let text = round == 0 ? seed : texts.damaged(seed)
                let padded = Array("[\"".utf8) + text + Array("\"]".utf8)
                if check(padded[2..<padded.count - 2], &members) { taken += 1 }
                readAll(JSONValue(trusted: text[...]))
            }
        }
        #expect(taken > 1_000)
    }

    /// A slice out of a larger text: nobody reads beyond it.
    private func check(_ text: Bytes, _ members: inout JSONMembers) -> Bool {
        var (value, problem): (JSONValue?, JSONError?)
        do { value = try JSONValue(validating: text) } catch { problem = error }
        var membersProblem: JSONError?
        do { try members.scan(text) } catch { membersProblem = error }
        guard let value else {
            #expect(problem == membersProblem, "\(Array(text))")
            return false
        }
        #expect(membersProblem?.code == (value.kind == .object ? nil : .notAnObject), "\(Array(text))")
        readAll(value)
        let canonical = JSONCanonical.bytes(of: value)
        let again = try? JSONValue(validating: canonical[...])
        #expect(again == value && JSONCanonical.bytes(of: again ?? value) == canonical, "\(Array(text))")
        return true
    }

    /// Whatever is asked of any bytes must not trap.
    private func readAll(_ value: JSONValue) {
        _ = (value.kind, value.int, value.double, value.bool, value.string(), value.plainString, value.depth)
        _ = (value.isStorable, value.member("a"), value.element(1), JSONCanonical.bytes(of: value))
        value.forEachMember { _ = ($0.string(), $1.kind) }
        value.forEachElement { _ = $0.int }
    }
}
