import Testing

@testable import Delivery

@Suite struct DeliveryMemoTests {
    @Test func `a memo is read as it was written`() {
        var memo = DeliveryMemo()
        #expect(memo.json == nil)
        memo.left = [0: "123", 11: "a\"b"]
        (memo.closed, memo.warned, memo.percent) = ([1, 3], [0], 40)
        (memo.toldAt, memo.told, memo.isSessionClosed, memo.wasTried) = (5, 2, true, true)
        memo.firstError = "503"
        let read = DeliveryMemo(reading: memo.json)
        #expect(read == memo)
    }
}
