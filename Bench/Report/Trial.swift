/// What one run of one subject at one load gave.
public struct Trial: Codable, Sendable, Equatable {
    /// `B2`, and what of it: `chain of 10`.
    public var bench: String
    public var workload: String
    /// `product`, or a floor: `F2`.
    public var subject: String
    public var inFlight: Int
    public var payloadBytes: Int
    public var seconds: Double
    public var runs: Int
    public var steps: Int
    /// Of a whole run, from its request to its end's announcement, in milliseconds.
    public var p50: Double?
    public var p99: Double?
    /// Microseconds of processor time per step, by process.
    public var processor: [String: Double] = [:]
    /// Bytes per step that reached Kafka's log and Postgres' write-ahead log.
    public var logBytes: Double?
    public var walBytes: Double?
    /// Allocations per step: by process, and of these by who asked for them.
    public var allocations: [String: AllocationFigures] = [:]
    /// Bytes of a message by topic, of a row by table.
    public var sizes: [String: Double] = [:]
    /// Anything else that a bench measures: its name with its unit.
    public var others: [String: Double] = [:]

    public init(
        bench: String, workload: String, subject: String, inFlight: Int, payloadBytes: Int, seconds: Double, runs: Int,
        steps: Int
    ) {
        (self.bench, self.workload, self.subject) = (bench, workload, subject)
        (self.inFlight, self.payloadBytes) = (inFlight, payloadBytes)
        (self.seconds, self.runs, self.steps) = (seconds, runs, steps)
    }

    public var stepsPerSecond: Double { seconds > 0 ? Double(steps) / seconds : 0 }
    public var runsPerSecond: Double { seconds > 0 ? Double(runs) / seconds : 0 }
    /// All processes together, in microseconds per step.
    public var processorSum: Double { processor.reduce(0) { $1.key == "driver" ? $0 : $0 + $1.value } }
}

/// Allocations per step of one process.
public struct AllocationFigures: Codable, Sendable, Equatable {
    public var all: Double
    /// Those that Swift code asked for, librdkafka's own, libpq's own; what is left is asked for by other libraries.
    public var swift: Double
    public var kafka: Double
    public var postgres: Double

    public init(all: Double, swift: Double, kafka: Double, postgres: Double) {
        (self.all, self.swift, self.kafka, self.postgres) = (all, swift, kafka, postgres)
    }
}
