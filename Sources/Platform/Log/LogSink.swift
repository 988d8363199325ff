internal import Synchronization

/// Where lines go.
public enum LogOutput: Sendable {
    case standardError
    case descriptor(Int32)
    /// Each whole line with its newline, on the thread that wrote it.
    case collect(@Sendable ([UInt8]) -> Void)
}

/// Turns lines into bytes and hands each to the output in one call, so that lines of several threads never mix.
final class LogSink: Sendable {
    private struct Repetition {
        var last: Int64
        var leftOut: Int
    }

    /// More keys than this are a mistake of the caller; then all of them start anew.
    private static let keyLimit = 1000

    private let format: LogFormat
    private let secrets: SecretList
    private let output: LogOutput
    private let time: any TimeSource
    private let repetitions = Mutex<[String: Repetition]>([:])

    init(format: LogFormat, secrets: [String], output: LogOutput, time: any TimeSource) {
        self.format = format
        self.secrets = SecretList(secrets)
        self.output = output
        self.time = time
    }

    func write(_ level: LogLevel, _ message: String, _ fields: [LogField]) {
        let line =
            switch format {
            case .json: LogLine.json(time.wall, level, message, fields, secrets)
            case .text: LogLine.text(time.wall, level, message, fields, secrets)
            }
        switch output {
        // A log that cannot be written is no reason to stop or to fail.
        case .standardError: StandardStream.error.write(line)
        case .descriptor(let number): _ = StandardStream.write(line, number)
        case .collect(let take): take(line)
        }
    }

    /// How many were left out since the last one of this key, or nil when this one is to be left out too.
    func admit(_ key: String, every interval: Duration) -> Int? {
        let now = time.monotonic
        return repetitions.withLock { repetitions in
            if var known = repetitions[key], now - known.last < interval.nanoseconds {
                known.leftOut += 1
                repetitions[key] = known
                return nil
            }
            if repetitions.count >= LogSink.keyLimit { repetitions.removeAll() }
            return repetitions.updateValue(Repetition(last: now, leftOut: 0), forKey: key)?.leftOut ?? 0
        }
    }
}
