import TestSupport
import Testing

/// Whole fleets of real processes on the real services, one at a time: each scenario uses the whole machine.
@Suite(.serialized, .services) enum Scenarios {}

extension Trait where Self == ConditionTrait {
    /// Runs where Kafka, Postgres and Redis are there.
    static var services: Self { .enabled(if: Services.areThere, Comment(rawValue: Services.absent)) }
    /// Runs where services may be killed and keep what they acknowledged.
    static var durableServices: Self { .enabled(if: Services.canBeKilled, Comment(rawValue: Services.notDurable)) }
    /// Runs where schemathesis is there.
    static var schemathesis: Self {
        .enabled(if: Services.schemathesis != nil, Comment(rawValue: Services.noSchemathesis))
    }
    /// Runs where the packages are there that receivers of webhooks use.
    static var webhookPackages: Self { .enabled(if: Services.webhooks != nil, Comment(rawValue: Services.noWebhooks)) }
    /// Runs where Kafka's own command line tools are there.
    static var kafkaTools: Self { .enabled(if: Services.haveKafkaTools, Comment(rawValue: Services.noTools)) }
}

/// Fails the test with one issue that lists everything the end-of-run checks found.
func expectNothingWrong(
    _ fleet: Fleet, _ expected: ExpectedHistory, ledger: [String]? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let problems = EndCheck.problems(of: try fleet.history(ledger: ledger), expecting: expected)
    #expect(
        problems.isEmpty, "\(problems.count) problems:\n\(problems.prefix(25).joined(separator: "\n"))",
        sourceLocation: sourceLocation)
}
