import JSON
import TestSupport
import Testing
import Workflow

@testable import API
@testable import HTTP

/// Who is let in at the interactions endpoint, and what is understood.
@Suite struct InteractionTests {
    /// Takes signatures as the test made them: 64 bytes of 7 for a message that holds no "forged".
    private struct SevenKey: SignatureChecking {
        func isSigned(_ message: [UInt8], as signature: [UInt8]) -> Bool {
            signature == [UInt8](repeating: 7, count: 64)
                && !String(decoding: message, as: UTF8.self).contains("forged")
        }
    }

    private let now: Microseconds = 1_790_000_000_000_000
    private static let seven = String(repeating: "07", count: 64)

    private func isLetIn(
        stamp: String? = "1790000000", signature: String? = seven, body: String = "{}",
        more: [(String, String)] = []
    ) -> Bool {
        var headers = HTTPHeaders()
        if let stamp { headers.add("X-Signature-Timestamp", stamp) }
        if let signature { headers.add("X-Signature-Ed25519", signature) }
        for (name, value) in more { headers.add(name, value) }
        let request = Requests.make("POST", "/discord/interactions", headers: headers, body: body)
        return InteractionGuard(SevenKey()).lets(in: request, now: now)
    }

    @Test func `what is signed just now comes in`() {
        #expect(isLetIn())
        #expect(isLetIn(stamp: "1789999700") && isLetIn(stamp: "1790000300"))
        #expect(isLetIn(body: String(repeating: " ", count: 64 << 10)))
    }

    @Test(arguments: [
        nil, "", "1789999699", "1790000301", "x", "-1790000000", "+1790000000", "1790000000.5", " 1790000000",
        "1790000000000000000000", "0x6AB13B80", "１７９０００００００",
    ])
    func `a time that is missing, no time, or not now is refused`(_ stamp: String?) {
        #expect(!isLetIn(stamp: stamp))
    }

    @Test func `a signature that is missing or none is refused`() {
        let seven = Self.seven
        for bad in [nil, "", "07", String(seven.dropLast()), seven + "07", "0x" + seven.dropFirst(2)] {
            #expect(!isLetIn(signature: bad))
        }
        #expect(!isLetIn(signature: seven.replacing("07", with: "0g")))
        #expect(!isLetIn(body: #"{"type":1,"forged":1}"#) && !isLetIn(signature: seven.replacing("07", with: "08")))
    }

    @Test func `two of a header, no body or too much of one are refused`() {
        #expect(!isLetIn(more: [("x-signature-timestamp", "1790000000")]))
        #expect(!isLetIn(more: [("X-Signature-Ed25519", Self.seven)]))
        #expect(!isLetIn(body: "") && !isLetIn(body: String(repeating: " ", count: (64 << 10) + 1)))
    }

    // MARK: What is understood

    private func read(_ text: String) -> Interaction { Interaction(Array(text.utf8), now: now) }

    private func command(_ options: String, user: String = #""member":{"user":{"id":"77"}}"#) -> Interaction {
        read(
            #"{"type":2,"application_id":"11","token":"t","#
                + #""data":{"name":"retrieve_results","options":[\#(options)]},\#(user)}"#)
    }

    @Test func `a ping is a ping`() { #expect(read(#"{"type":1}"#) == .ping) }

    @Test func `the command names whose results are wanted, and which`() {
        var wish = RetrievalWish(applicationID: "11", token: Secret("t"), userID: "77", askedAt: now)
        #expect(command("") == .command(wish))
        #expect(command("", user: #""user":{"id":"77"}"#) == .command(wish))
        wish.runID = "run-1"
        wish.url = "https://x.example/a"
        wish.since = now - 7_200_000_000
        let options = #"{"name":"workflow_id","value":"run-1"},{"name":"url","value":"https://x.example/a"},"#
        #expect(command(options + #"{"name":"since","value":"2h"}"#) == .command(wish))
    }

    /// A member's user counts, not one that stands beside it.
    @Test func `who asks cannot be named twice`() {
        let both = command("", user: #""user":{"id":"1"},"member":{"user":{"id":"77"}}"#)
        guard case .command(let wish) = both else {
            Issue.record("\(both)")
            return
        }
        #expect(wish.userID == "77")
    }

    @Test(arguments: [
        "", "[]", "{", #"{"type":3}"#, #"{"type":2}"#, #"{"type":2,"data":{"name":"other"}}"#,
        #"{"type":2,"token":"t","application_id":"11","data":{"name":"retrieve_results"}}"#,
        #"{"type":2,"token":"t","application_id":"11","data":{"name":"retrieve_results"},"member":{"user":{}}}"#,
    ])
    func `what is not understood is said to be so`(_ text: String) {
        guard case .unknown(let words) = read(text) else {
            Issue.record("understood")
            return
        }
        #expect(!words.isEmpty)
    }

    @Test func `a time that is none is said to be none`() {
        guard case .unknown(let words) = command(#"{"name":"since","value":"soon"}"#) else {
            Issue.record("understood")
            return
        }
        #expect(words.contains("since"))
    }

    @Test(arguments: [
        ("2026-11-21T10:00:00Z", 1_795_255_200_000_000), ("2026-11-21", 1_795_219_200_000_000),
        ("90s", 1_789_999_910_000_000), ("1 w", 1_789_395_200_000_000),
    ])
    func `people say since when in several ways`(_ text: String, _ time: Int) {
        #expect(SinceText.time(text, now: now) == Microseconds(time))
    }

    @Test(arguments: ["", "h", "0h", "-1h", "1y", "999999d", "2026-13-01"])
    func `what is no time is none`(_ text: String) { #expect(SinceText.time(text, now: now) == nil) }
}
