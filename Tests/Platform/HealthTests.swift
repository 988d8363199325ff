import Testing

@testable import Platform

@Suite struct HealthTests {
    private func body(_ report: Health.Report) -> String { String(decoding: report.body, as: UTF8.self) }

    @Test func `nothing is healthy before its services have answered`() {
        let health = Health("orchestrator", needs: ["kafka", "postgres"], uses: ["redis"], time: StoppedTime())
        #expect(health.health().status == 503)
        #expect(body(health.health()).contains(#""kafka":{"status":"unknown","required":true"#))
    }

    @Test func `the one that is down is named, with since when and why`() {
        let time = MovingTime()
        let health = Health("orchestrator", needs: ["kafka", "postgres"], time: time)
        health.up("kafka")
        time.set(second: 5)
        health.down("postgres", "connection refused")
        time.set(second: 9)
        health.down("postgres", "still \"refused\"")
        let report = health.health()
        #expect(report.status == 503)
        #expect(
            body(report)
                == #"{"status":"unavailable","program":"orchestrator","stopping":false,"dependencies":{"#
                + #""kafka":{"status":"up","required":true,"since":"1970-01-01T00:00:00.000Z"},"#
                + #""postgres":{"status":"down","required":true,"since":"1970-01-01T00:00:05.000Z","#
                + #""reason":"still \"refused\""}}}"# + "\n")
    }

    @Test func `without Redis it is degraded, but healthy`() {
        let health = Health("orchestrator", needs: ["kafka"], uses: ["redis"])
        health.up("kafka")
        health.down("redis", "gone")
        #expect(health.health().status == 200)
        #expect(body(health.health()).contains(#""status":"degraded""#))
        health.up("redis")
        #expect(body(health.health()).hasPrefix(#"{"status":"ok""#))
    }

    @Test func `a stopping process is healthy but no longer ready`() {
        let health = Health("executor", needs: ["kafka"])
        health.up("kafka")
        #expect(health.ready().status == 200)
        health.beginStop()
        #expect(health.health().status == 200)
        #expect(health.ready().status == 503)
    }

    @Test func `a loop that does not turn makes it stuck until it turns again or has ended`() {
        let time = MovingTime()
        let health = Health("executor", needs: ["kafka"], time: time)
        let loop = Heartbeat("executor-0", limit: .seconds(30), time: time)
        health.watch(loop)
        time.set(second: 30)
        #expect(health.live().status == 200)
        time.set(second: 31)
        #expect(health.live().status == 503)
        #expect(body(health.live()).contains("executor-0"))
        loop.beat()
        #expect(health.live().status == 200)
        time.set(second: 90)
        loop.end()
        #expect(health.live().status == 200)
    }

    @Test func `one part's good news does not hide another's trouble`() {
        let health = Health("test", needs: ["kafka"])
        health.down("kafka", "no broker", by: 1)
        health.up("kafka", by: 0)
        #expect(!health.isHealthy)
        health.up("kafka", by: 1)
        #expect(health.isHealthy)
        health.down("kafka", "no broker", by: 0)
        #expect(health.condition(of: "kafka") == .down)
    }
}
