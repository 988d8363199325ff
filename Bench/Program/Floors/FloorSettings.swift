import Glibc

/// What a floor's process is told on its command line: `floor orchestrator F3 PREFIX STREAM …`; addresses come from the
/// same settings as the product's.
struct FloorSettings {
    let kind: FloorKind
    let prefix: String
    let streams: [Stream]
    let kafka: String
    let postgres: String
    let redis: String

    init(_ words: [String]) throws {
        guard words.count >= 3, let kind = FloorKind(rawValue: words[0]) else {
            throw BenchError("floor orchestrator|executor F1|F2|F3|F3-64|F4 PREFIX STREAM …")
        }
        self.kind = kind
        prefix = words[1]
        streams = words[2...].compactMap { Stream(argument: $0) }
        kafka = try Self.setting("ORCHESTRATOR_KAFKA_BOOTSTRAP_SERVERS")
        postgres = try Self.setting("ORCHESTRATOR_DATABASE_URL")
        redis = try Self.setting("ORCHESTRATOR_REDIS_URL")
    }

    var arguments: [String] { [kind.rawValue, prefix] + streams.map(\.argument) }

    private static func setting(_ name: String) throws -> String {
        guard let value = getenv(name) else { throw BenchError("\(name) is not set") }
        return String(cString: value)
    }
}

/// A flow as a floor follows it, by counting.
struct FloorFlow {
    let id: [UInt8]
    let widths: [Int]
    /// The layer of each task, and the first task of each layer.
    let layers: [Int]
    let firsts: [Int]

    init(_ stream: Stream) {
        id = Array(stream.flow.id.utf8)
        widths = stream.flow.widths
        layers = widths.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
        firsts = widths.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
    }
}

/// Where a run of a floor is: how many tasks of its layer are out.
struct FloorRun {
    var lane: Int32 = 0
    var waitingFor = 0
}
