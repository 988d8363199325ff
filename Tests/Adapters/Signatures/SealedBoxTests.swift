import Signatures
import Testing

/// What is sealed is read with its key and context only.
@Suite struct SealedBoxTests {
    private let key = [UInt8](0..<32)

    @Test func `what was sealed comes back, and never looks the same twice`() throws {
        let box = try #require(SealedBox(key: key))
        for message in [[], [7], Array("canary-token".utf8), [UInt8](repeating: 9, count: 3_000)] {
            let (first, second) = (box.seal(message, for: [1]), box.seal(message, for: [1]))
            #expect(first != second && first.count == message.count + 40)
            #expect(box.open(first, for: [1]) == message && box.open(second, for: [1]) == message)
        }
    }

    @Test func `another key, another context or a changed byte give nothing`() throws {
        let box = try #require(SealedBox(key: key))
        let other = try #require(SealedBox(key: key.reversed()))
        let sealed = box.seal(Array("canary-token".utf8), for: Array("a".utf8))
        #expect(other.open(sealed, for: Array("a".utf8)) == nil && box.open(sealed, for: Array("b".utf8)) == nil)
        for place in sealed.indices {
            var changed = sealed
            changed[place] ^= 1
            let opened = box.open(changed, for: Array("a".utf8))
            #expect(opened == nil)
        }
        let short = (0..<40).compactMap { box.open(Array(sealed.prefix($0)), for: Array("a".utf8)) }
        #expect(short.isEmpty && SealedBox(key: [1, 2]) == nil)
    }
}
