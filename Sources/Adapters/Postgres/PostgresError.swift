/// What went wrong in or on the way to Postgres.
///
/// Never holds a payload, a row's values or a password: details of data errors are dropped, messages are cut.
public struct PostgresError: Error, Equatable, Sendable, CustomStringConvertible {
    /// SQLSTATE, or one of ours: `connection` codes begin with 08.
    public let code: String
    public let message: String
    public let detail: String?
    public let constraint: String?
    /// Which statement of a pipeline it came from, counted from 0.
    public internal(set) var statement: Int?
    /// The connection is gone or useless; the owner makes a new one.
    public let isConnection: Bool

    init(code: String, message: String, detail: String? = nil, constraint: String? = nil, isConnection: Bool = false) {
        self.code = code
        self.message = message
        self.detail = detail
        self.constraint = constraint
        self.isConnection = isConnection
    }

    public var description: String {
        let place = statement.map { " in statement \($0)" } ?? ""
        return "\(code)\(place): \(message)" + (detail.map { " (\($0))" } ?? "")
    }

    /// The same statement may well succeed when it is sent again: conflicts, deadlocks, timeouts, resources, a restart.
    public var isPassing: Bool {
        isConnection || code == "25006" || ["40", "53", "55", "57", "58"].contains(code.prefix(2))
    }
}

extension PostgresError {
    public static let connectionFailure = "08006"
    public static let cannotConnect = "08001"
    public static let noAnswer = "08F01"
    public static let uniqueViolation = "23505"
    public static let undefinedTable = "42P01"
    public static let lockNotAvailable = "55P03"
    public static let queryCanceled = "57014"

    static func lost(_ message: String) -> PostgresError {
        PostgresError(code: connectionFailure, message: cut(message), isConnection: true)
    }

    static func stalled(_ what: String) -> PostgresError {
        PostgresError(code: noAnswer, message: "no answer in time: \(what)", isConnection: true)
    }

    static let notConnected = lost("not connected")

    /// The server's words without values: class 22 and 23 quote data in the detail, and after a colon in the message.
    static func reported(_ report: ServerReport) -> PostgresError {
        let quotesData = report.code.hasPrefix("22") || report.code.hasPrefix("23")
        var message = report.message
        if quotesData, let quote = message.firstIndex(of: ":") { message = String(message[..<quote]) }
        return PostgresError(
            code: report.code, message: cut(message), detail: quotesData ? nil : report.detail.map(cut),
            constraint: report.constraint, isConnection: report.severity != "ERROR")
    }

    private static func cut(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.count <= 300 ? line : line.prefix(300) + "…"
    }
}

/// The fields of one error message of the server.
struct ServerReport {
    /// `ERROR`, `FATAL` or `PANIC`, never translated.
    let severity: String
    let code: String
    let message: String
    let detail: String?
    let constraint: String?
}
