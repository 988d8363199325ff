/// Where the database is and how long anything with it may take.
///
/// The URL may hold a password: nothing here prints it, and `place` is what logs and errors show.
public struct PostgresSettings: Sendable {
    /// `postgresql://user:password@host:port/database?…`, read by libpq itself.
    let url: String
    public var applicationName = "flowfleet"
    /// For the connection with its session setup. Name resolution is libpq's and comes on top.
    public var connectTimeout = Duration.seconds(5)
    /// Limit for one statement, kept by the server.
    public var statementTimeout = Duration.seconds(30)
    /// Limit for waiting on one lock, kept by the server.
    public var lockTimeout = Duration.seconds(10)
    /// Limit for an answer when the caller names none: the server may hang, we may not.
    public var replyTimeout = Duration.seconds(40)

    public init(url: String) {
        self.url = url
    }

    /// Host, port and database, without user or password.
    public var place: String { ConnectionInfo.place(of: url) }
}

extension PostgresSettings: CustomStringConvertible, CustomReflectable {
    public var description: String { place }
    public var customMirror: Mirror { Mirror(self, children: ["place": place]) }
}
