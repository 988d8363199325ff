import Foundation
import JSON
import Testing

struct DepthTests {
    @Test(arguments: [(1, true), (63, true), (64, true), (65, false), (66, false), (5_000, false), (100_000, false)])
    func `a value nests as deep as the limit says`(_ depth: Int, _ isTaken: Bool) {
        for text in [arrays(depth), objects(depth), mixed(depth)] {
            #expect(verdictOfValue(text) == (isTaken ? nil : .depth))
        }
    }

    @Test func `another limit is another limit`() throws {
        #expect(throws: JSONError(.depth, at: 0)) {
            try JSONValue(validating: arrays(1)[...], limits: JSONLimits(maxDepth: 0))
        }
        #expect(try JSONValue(validating: Array("1".utf8)[...], limits: JSONLimits(maxDepth: 0)).int == 1)
        #expect(try JSONValue(validating: arrays(200)[...], limits: JSONLimits(maxDepth: 200)).depth == 200)
    }

    /// A thread with little stack finds every recursion.
    @Test func `no depth exhausts the stack, and members tell theirs`() async throws {
        try await onSmallStack {
            for depth in [0, 1, 63, 64, 65, 127, 128, 129, 5_000, 100_000] {
                for text in [self.arrays(depth), self.objects(depth), self.mixed(depth)] {
                    try self.check(text, depth)
                }
            }
        }
    }

    private func check(_ text: [UInt8], _ depth: Int) throws {
        var members = JSONMembers()
        try members.scan(Array(#"{"before":[1],"deep":"#.utf8 + text + Array(#","after":{}}"#.utf8))[...])
        #expect(members.count == 3)
        #expect(members.depth("before") == 1 && members.depth("deep") == depth && members.depth("after") == 1)
        #expect(members.depth("absent") == 0)
        let deep = try #require(members["deep"])
        #expect(deep.bytes.elementsEqual(text))
        #expect(deep.depth == depth && members.isStorable("deep"))
        #expect(deep.isStorable == (depth <= 1_000))
        #expect(JSONCanonical.bytes(of: deep) == text)
        _ = (deep.element(0), deep.member("a"))
    }

    @Test func `deep members that are damaged are refused`() async throws {
        try await onSmallStack {
            for text in [[UInt8](repeating: UInt8(ascii: "["), count: 100_000), self.arrays(100_000).dropLast()] {
                var members = JSONMembers()
                #expect(throws: JSONError.self) { try members.scan((Array(#"{"a":"#.utf8) + text)[...]) }
                #expect(members.count == 0 && members["a"] == nil)
                let trusted = JSONValue(trusted: Array(text)[...])
                _ = (JSONCanonical.bytes(of: trusted), trusted.depth, trusted.isStorable)
            }
        }
    }

    /// The bits of which container is open go from word to word.
    @Test func `a closing bracket must fit at every depth`() {
        for depth in [1, 2, 63, 64, 65, 127, 128, 129, 200] {
            let limits = JSONLimits(maxDepth: 300)
            for text in [arrays(depth), objects(depth), mixed(depth)] {
                #expect(throws: Never.self) { try JSONValue(validating: text[...], limits: limits) }
                for place in text.indices.suffix(depth) {
                    var wrong = text
                    wrong[place] ^= UInt8(ascii: "]") ^ UInt8(ascii: "}")
                    #expect(throws: JSONError(.syntax, at: place)) {
                        try JSONValue(validating: wrong[...], limits: limits)
                    }
                }
            }
        }
    }

    private func arrays(_ depth: Int) -> [UInt8] {
        depth == 0 ? Array("7".utf8) : [UInt8](repeating: 0x5B, count: depth) + [UInt8](repeating: 0x5D, count: depth)
    }

    private func objects(_ depth: Int) -> [UInt8] {
        Array(repeatElement(Array(#"{"a":"#.utf8), count: depth).joined()) + [0x30]
            + [UInt8](repeating: 0x7D, count: depth)
    }

    private func mixed(_ depth: Int) -> [UInt8] {
        let opening = (0..<depth).map { $0 % 3 == 0 ? #"{"k":"# : "[" }.joined()
        let closing = (0..<depth).reversed().map { $0 % 3 == 0 ? "}" : "]" }.joined()
        return Array("\(opening)1\(closing)".utf8)
    }

    private func onSmallStack(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            let thread = Thread { done.resume(with: Result { try body() }) }
            thread.stackSize = 128 * 1024
            thread.start()
        }
    }
}
