/// One `NOTIFY` that reached us.
public struct PostgresNotification: Equatable, Sendable {
    public let channel: String
    public let payload: String
    /// The session that sent it.
    public let backendPID: Int32
}

extension PostgresConnection {
    public func listen(_ channel: String) throws(PostgresError) {
        try execute("LISTEN \"\(channel.replacing("\"", with: "\"\""))\"")
    }

    /// The next notification, or nil when none came in time. Zero looks without waiting.
    public func notification(within limit: Duration) throws(PostgresError) -> PostgresNotification? {
        let handle = try live()
        let deadline = Deadline(after: limit)
        while true {
            if let notification = handle.nextNotification() { return notification }
            let isOpen = handle.receive()
            if let notification = handle.nextNotification() { return notification }
            guard isOpen else {
                let error = PostgresError.lost(handle.message)
                close()
                throw error
            }
            if deadline.hasPassed { return nil }
            handle.wait(writing: false, deadline)
        }
    }
}
