/// Writes what happened, one line each, to standard error. A value: pass it on, and give it more context with `with`.
///
/// A line below the level costs one comparison: message and fields are not even made. Any thread may write.
public struct Log: Sendable {
    public let level: LogLevel
    private let sink: LogSink
    private let context: [LogField]

    /// - `secrets`: texts that must never appear; wherever a value contains one, `[secret]` is written instead.
    public init(
        _ level: LogLevel = .info, format: LogFormat = .json, secrets: [String] = [],
        output: LogOutput = .standardError, time: any TimeSource = SystemTime()
    ) {
        self.level = level
        sink = LogSink(format: format, secrets: secrets, output: output, time: time)
        context = []
    }

    private init(_ level: LogLevel, _ sink: LogSink, _ context: [LogField]) {
        (self.level, self.sink, self.context) = (level, sink, context)
    }

    /// A log that writes nothing.
    public static let silent = Log(.error, output: .collect { _ in })

    /// The same log, with these fields on every line.
    public func with(_ fields: [LogField]) -> Log { Log(level, sink, context + fields) }

    @inline(__always)
    public func debug(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> [LogField] = []) {
        if level <= .debug { write(.debug, message(), fields()) }
    }

    @inline(__always)
    public func info(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> [LogField] = []) {
        if level <= .info { write(.info, message(), fields()) }
    }

    @inline(__always)
    public func warning(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> [LogField] = []) {
        if level <= .warning { write(.warning, message(), fields()) }
    }

    @inline(__always)
    public func error(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> [LogField] = []) {
        write(.error, message(), fields())
    }

    /// Writes a line that may come often: the first at once, further ones of the same key at most once per `interval`,
    /// with the number of those left out as `repeated`.
    /// - `key`: what makes two lines the same; from a small set, never an id.
    public func limited(
        _ key: String, every interval: Duration = .seconds(10), _ level: LogLevel = .warning,
        _ message: @autoclosure () -> String, _ fields: @autoclosure () -> [LogField] = []
    ) {
        guard level >= self.level, let leftOut = sink.admit(key, every: interval) else { return }
        write(level, message(), leftOut > 0 ? fields() + [.repeated(leftOut)] : fields())
    }

    public func write(_ level: LogLevel, _ message: String, _ fields: [LogField]) {
        guard level >= self.level else { return }
        sink.write(level, message, context.isEmpty ? fields : context + fields)
    }
}
