/// How much a line of the log matters.
public enum LogLevel: Int, Sendable, Comparable, CaseIterable {
    case debug, info, warning, error

    public static func < (a: LogLevel, b: LogLevel) -> Bool { a.rawValue < b.rawValue }

    /// `DEBUG`, `INFO`, `WARNING` or `ERROR`: the word in settings and lines.
    public var word: String {
        switch self {
        case .debug: "DEBUG"
        case .info: "INFO"
        case .warning: "WARNING"
        case .error: "ERROR"
        }
    }

    /// Reads the word, in any case.
    public init?(word: String) {
        guard let level = LogLevel.allCases.first(where: { $0.word == word.uppercased() }) else { return nil }
        self = level
    }
}

/// How a line is written.
public enum LogFormat: String, Sendable, CaseIterable {
    /// One JSON object a line, for machines.
    case json
    /// Time, level, message, `key=value`, for eyes.
    case text
}
