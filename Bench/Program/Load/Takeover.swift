/// Measures how long lanes stand still: from `begin` until, on every lane, a run asked for since then has ended.
final class Takeover {
    private let driver: Driver
    private let load: [Stream]
    private var begun = 0.0
    private var firstNumber = 0
    private var resumed: [Int: Double] = [:]
    private static let lanes = 4

    init(_ driver: Driver, _ load: [Stream]) { (self.driver, self.load) = (driver, load) }

    /// One run more for each lane, on top of those that are in flight.
    func begin() throws {
        (begun, firstNumber, resumed) = (Instants.monotonic, driver.requested, [:])
        driver.onEnd = { [weak self] _, number in self?.note(number) }
        for _ in 0..<Self.lanes { try driver.ask(load[0]) }
    }

    private func note(_ number: Int) {
        let lane = number % Self.lanes
        guard number >= firstNumber, resumed[lane] == nil else { return }
        resumed[lane] = Instants.monotonic - begun
    }

    /// Goes on with the load until every lane moves again.
    func seconds() throws -> Double {
        try driver.load(load, seconds: 90) { self.resumed.count == Self.lanes }
        driver.onEnd = nil
        guard resumed.count == Self.lanes, let last = resumed.values.max() else {
            throw BenchError("only lanes \(resumed.keys.sorted()) went on within 90 s")
        }
        return last
    }
}
