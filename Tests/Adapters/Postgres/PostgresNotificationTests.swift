import Testing

@testable import Postgres

@Suite(.enabled(if: TestPostgres.isThere, TestPostgres.reason))
struct PostgresNotificationTests {
    @Test func `a notification wakes who listens`() throws {
        let listener = try TestPostgres.connect()
        let speaker = try TestPostgres.connect()
        let channel = "Channel \(UInt64.random(in: 0 ... .max))"
        try listener.listen(channel)
        let nothing = try listener.notification(within: .zero)
        #expect(nothing == nil)
        try speaker.execute("NOTIFY \"\(channel)\", 'one'; NOTIFY \"\(channel)\", 'two'")
        let first = try listener.notification(within: .seconds(5))
        let second = try listener.notification(within: .seconds(5))
        #expect(
            first
                == PostgresNotification(
                    channel: channel, payload: "one", backendPID: Int32(speaker.backendPID)))
        #expect(second?.payload == "two")
    }

    @Test func `notifications that come amid queries are kept`() throws {
        let listener = try TestPostgres.connect()
        try listener.listen("amid")
        let speak = PostgresStatement("speak", [.text], sql: "SELECT pg_notify('amid', $1)")
        let outcome = listener.query(committing: speak, [.string("self")])
        #expect(outcome.results?.count == 1)
        let notification = try listener.notification(within: .seconds(5))
        #expect(notification?.payload == "self")
    }

    @Test func `waiting ends in time, and with an error when the session has ended`() throws {
        let listener = try TestPostgres.connect()
        let killer = try TestPostgres.connect()
        try listener.listen("silence")
        let start = ContinuousClock.now
        let nothing = try listener.notification(within: .milliseconds(60))
        let took = ContinuousClock.now - start
        #expect(nothing == nil && took >= .milliseconds(60) && took < .seconds(2))
        try killer.execute("SELECT pg_terminate_backend(\(listener.backendPID))")
        #expect(throws: PostgresError.self) { try listener.notification(within: .seconds(5)) }
        #expect(!listener.isUsable)
    }
}
