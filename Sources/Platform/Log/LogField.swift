/// One piece of data beside a line's message: a declared key with its value. Written as `.runID(id)`, `.lane(3)`.
public struct LogField: Sendable {
    public let name: String
    let value: LogValue
}

/// A value in a log line.
public enum LogValue: Sendable {
    case text(String)
    case bytes(ArraySlice<UInt8>)
    case integer(Int)
    case number(Double)
    case bool(Bool)
}

/// A key that log lines may carry, with the sentence of its reference page. Calling it with a value gives a field.
public struct LogKey<Value>: Sendable {
    public let name: String
    public let sentence: String
    let wrap: @Sendable (Value) -> LogValue

    public func callAsFunction(_ value: Value) -> LogField { LogField(name: name, value: wrap(value)) }
}

extension LogKey<String> {
    init(_ name: String, _ sentence: String) { self.init(name: name, sentence: sentence) { .text($0) } }

    /// Ids usually are bytes; what is not UTF-8 in them is written as U+FFFD.
    public func callAsFunction(_ value: ArraySlice<UInt8>) -> LogField { LogField(name: name, value: .bytes(value)) }
    public func callAsFunction(_ value: [UInt8]) -> LogField { LogField(name: name, value: .bytes(value[...])) }
    /// Writes `String(describing:)` of an error.
    public func callAsFunction(_ error: any Error) -> LogField {
        LogField(name: name, value: .text(String(describing: error)))
    }
}

extension LogKey<Int> {
    init(_ name: String, _ sentence: String) { self.init(name: name, sentence: sentence) { .integer($0) } }

    public func callAsFunction(_ value: some BinaryInteger) -> LogField {
        LogField(name: name, value: .integer(Int(clamping: value)))
    }
}

extension LogKey<Double> {
    init(_ name: String, _ sentence: String) { self.init(name: name, sentence: sentence) { .number($0) } }
}

extension LogKey<Bool> {
    init(_ name: String, _ sentence: String) { self.init(name: name, sentence: sentence) { .bool($0) } }
}
