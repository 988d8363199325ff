import Testing

@testable import Platform

@Suite struct KillPointTests {
    @Test func `a plan names a point, a passage and whether to sleep`() {
        let third = KillPoint.plan("committing:3")
        let sleeping = KillPoint.plan("giving-up-a-lane:1:stop")
        let first = KillPoint.plan("draining")
        #expect(third?.point == .committing && third?.passage == 3 && third?.signal == 9)
        #expect(sleeping?.point == .givingUpLane && sleeping?.signal == 19)
        #expect(first?.passage == 1)
    }

    @Test(arguments: [nil, "", "nowhere:1", "committing:x", "committing:0"] as [String?])
    func `what makes no plan stops nothing`(_ text: String?) {
        #expect(KillPoint.plan(text) == nil)
    }

    @Test func `a passage without a plan does nothing`() {
        for point in KillPoint.allCases { point.pass() }
    }

    @Test func `a planted trap is found anywhere in a record`() {
        let record = Array("before trap".utf8)
        #expect(PlantedTrap.holds(Array("trap".utf8), record[...]))
        #expect(PlantedTrap.holds(Array("before".utf8), record[...]))
        #expect(!PlantedTrap.holds(Array("trap".utf8), record[..<9]))
        #expect(!PlantedTrap.holds(Array("trap".utf8), []))
    }
}
