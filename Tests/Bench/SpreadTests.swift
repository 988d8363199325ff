import BenchReport
import Testing

@Suite struct SpreadTests {
    @Test func `a spread is the middle one and the outermost`() {
        let odd = Spread([3, 1, 2])
        let even = Spread([4, 1, 2, 3])
        #expect(odd?.median == 2 && odd?.least == 1 && odd?.most == 3)
        #expect(even?.median == 2.5)
        #expect(Spread([]) == nil)
    }

    @Test func `its share is half of the distance over the median`() {
        let share = Spread([90, 100, 110])?.share
        #expect(share == 0.1)
        #expect(Spread([0])?.share == 0)
    }

    @Test(arguments: [(0.5, 50.0), (0.99, 99), (1, 100), (0, 1), (0.991, 100)])
    func `a percentile is the sample that so many do not exceed`(share: Double, expected: Double) {
        let found = Percentile.of((1...100).map(Double.init), share)
        #expect(found == expected)
    }

    @Test func `without samples there is no percentile`() {
        #expect(Percentile.of([], 0.5) == nil)
        #expect(Percentile.of([7], 0.99) == 7)
    }
}

@Suite struct NumberTests {
    @Test(
        arguments: [
            (0.0, "0.00"), (1.234, "1.23"), (9.999, "10.00"), (12.34, "12.3"), (99.96, "100.0"), (123.4, "123"),
            (1234.5, "1,235"), (1_234_567, "1,234,567"), (-3.5, "-3.50"), (-0.001, "0.00"), (1000.04, "1,000"),
        ])
    func `a number has the digits that count`(value: Double, expected: String) {
        #expect(Number.text(value) == expected)
    }

    @Test func `digits can be fixed, and what is no number is a dash`() {
        #expect(Number.text(0.6, digits: 2) == "0.60")
        #expect(Number.text(41.7, digits: 0) == "42")
        #expect(Number.text(Double.infinity) == "–" && Number.text(Double.nan) == "–")
    }

    @Test func `a spread says how far apart the rounds are`() {
        #expect(Number.text(Spread([90, 100, 110])) == "100 ±10 %")
        #expect(Number.text(Spread([5])) == "5.00")
        #expect(Number.text(nil as Spread?) == "–")
    }
}
