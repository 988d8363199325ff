import BenchReport
import Testing

@Suite struct SizeComparisonTests {
    @Test func `sizes within a tenth are fair`() {
        let comparison = SizeComparison(
            product: ["row task": 200, "message": 100], floor: ["row task": 219, "message": 90])
        #expect(comparison.isFair)
        #expect(comparison.differences == [])
    }

    @Test func `a size further off is named with both numbers`() {
        let comparison = SizeComparison(
            product: ["row task": 200, "row run": 100], floor: ["row task": 230, "row run": 100])
        #expect(comparison.differences == ["row task: floor 230 B, product 200 B"])
    }

    @Test func `what only one side has is not fair, unless it is not asked for`() {
        let product = ["message": 100.0, "row": 50]
        #expect(!SizeComparison(product: product, floor: ["message": 100]).isFair)
        #expect(SizeComparison(product: product, floor: ["message": 100], kinds: ["message"]).isFair)
        #expect(!SizeComparison(product: [:], floor: ["message": 100]).isFair)
    }

    @Test func `a ratio is given, broken, or refused`() {
        let same = SizeComparison(product: ["m": 1], floor: ["m": 1])
        let other = SizeComparison(product: ["m": 1], floor: ["m": 2])
        #expect(Ratio(60, over: 100, sizes: same) == .of(0.6))
        #expect(Ratio(110, over: 100, sizes: same) == .brokenFloor(1.1))
        #expect(Ratio(60, over: 100, sizes: other) == .refused(other.differences))
        #expect(Ratio(60, over: 100, sizes: same).text == "0.60")
        #expect(Ratio(110, over: 100, sizes: same).text == "1.10 (broken floor)")
        #expect(Ratio(60, over: 100, sizes: other).text == "refused: sizes differ")
    }
}
