import Platform
import Testing

@Suite struct NearestNameTests {
    static let names = ["start", "status", "stop", "execute"]

    @Test(arguments: [
        ("strat", "start"), ("statsu", "status"), ("excute", "execute"), ("stp", "stop"), ("Stop", "stop"),
    ])
    func `a swapped, missing or wrong letter is forgiven`(typed: String, meant: String) {
        let nearest = NearestName.find(typed, among: Self.names)
        #expect(nearest == meant)
    }

    @Test(arguments: ["", "banana", "xy"])
    func `what resembles nothing gets no advice`(typed: String) {
        let nearest = NearestName.find(typed, among: Self.names)
        #expect(nearest == nil)
    }
}
