import Testing

@testable import Execution

@Suite struct CutTests {
    @Test func `a text is cut by bytes, though one of its characters has millions`() {
        let heap = "a" + String(repeating: "\u{301}", count: 1_000_000)
        let cut = heap.cut(toBytes: 16_384)
        #expect(heap.count == 1)
        #expect((16_370...16_384).contains(cut.utf8.count))
        #expect(cut.hasSuffix("…") && !cut.contains("\u{FFFD}"))
    }

    @Test func `what fits stays, and nothing longer than the limit comes out`() {
        for unit in ["x", "é", "€", "😀"] {
            for count in 90...120 {
                let text = String(repeating: unit, count: count)
                let cut = text.cut(toBytes: 100)
                #expect(cut.utf8.count <= 100 && !cut.unicodeScalars.contains("\u{FFFD}"))
                #expect(text.utf8.count > 100 || cut == text)
            }
        }
    }
}
