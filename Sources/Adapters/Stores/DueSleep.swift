import Platform
import Postgres
import Workflow

/// The sleep of a loop that claims rows as they fall due: until the next one, or until Postgres tells of an earlier
/// one.
///
/// Uses the loop's own session, on the loop's own thread.
final class DueSleep {
    private let session: StoreSession
    private let clock: any LaneClock
    private let stop: CancelFlag
    /// Postgres' time minus our monotonic time, from the last answer that told.
    private var offset: Microseconds?

    private static let restWithoutSession: Microseconds = 200_000
    private static let look: Microseconds = 250_000

    /// - `stop`: ends a sleep early.
    init(_ session: StoreSession, clock: any LaneClock, stop: CancelFlag) {
        self.session = session
        self.clock = clock
        self.stop = stop
    }

    /// - `next`: gives the microseconds until a row falls due (null: there is none), and Postgres' own time.
    func untilNext(_ next: PostgresStatement) throws(StoreError) -> Microseconds? {
        guard let row = try session.query(next).first else { return nil }
        if let now = row.unixMicroseconds(1) { offset = now - clock.monotonic }
        return row.int(0).map { max(Microseconds($0), 0) }
    }

    /// Without a session there is nobody to wake us: then it is only a short rest. Looks now and then whether the
    /// process is to end.
    func wait(_ span: Microseconds) {
        var end = clock.monotonic + (session.connection.isUsable ? span : min(span, Self.restWithoutSession))
        repeat {
            let left = min(max(end - clock.monotonic, 0), Self.look)
            guard session.connection.isUsable else { return pause(left) }
            guard let news = try? session.connection.notification(within: .microseconds(left)) else { continue }
            guard let offset, let due = Microseconds(news.payload) else { return }
            end = min(end, due - offset)
        } while clock.monotonic < end && !stop.isCancelled
    }

    /// The only waiting without a session, and it is short.
    private func pause(_ span: Microseconds) {
        _ = Monitor(()).wait(within: .microseconds(max(span, 1_000))) { _ -> Bool? in nil }
    }
}
