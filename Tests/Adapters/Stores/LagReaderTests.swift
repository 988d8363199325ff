import Testing
import Workflow

@testable import Kafka
@testable import Stores

/// How long somebody waits who asks how far consumers are.
@Suite struct LagReaderTests {
    private let nowhere = KafkaConfiguration(bootstrapServers: "127.0.0.1:9", log: { _, _ in })

    @Test func `every question has what is left of the time for all of them, and no less than a moment`() throws {
        let whole = try GroupReader(nowhere, group: "g", timeoutMilliseconds: 1_500)
        #expect(whole.patience == 1_500)
        let late = try GroupReader(nowhere, group: "g", timeoutMilliseconds: 1_500, end: .now + .milliseconds(300))
        #expect(late.patience <= 300 && late.patience > 0)
        let over = try GroupReader(nowhere, group: "g", timeoutMilliseconds: 1_500, end: .now - .seconds(1))
        #expect(over.patience == 1)
    }

    @Test func `of many groups and topics the end comes in two seconds all the same`() {
        let consumers = (0..<5).map { KafkaLagReader.Consumer(group: "g\($0)", topics: ["a", "b", "c"]) }
        let clock = ContinuousClock.now
        #expect(throws: AccessFailure.self) { try KafkaLagReader(nowhere, consumers).lags() }
        #expect(ContinuousClock.now - clock < .seconds(3))
    }
}
