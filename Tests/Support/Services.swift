import Foundation

/// The Kafka, Postgres and Redis that `scripts/services start DIR` runs, as its settings name them.
package struct Services: Sendable {
    package let kafka: String
    package let postgres: String
    package let redis: String
    /// False for the dev broker, which forgets everything with its process.
    package let kafkaIsDurable: Bool
    /// Where Kafka's own tools are; empty when Kafka does not run from a folder.
    package let kafkaHome: String
    package let folder: String
    private let script: String

    package static let current: Services? = {
        let settings = ProcessInfo.processInfo.environment
        guard let kafka = settings["FLOWFLEET_TEST_KAFKA"], let postgres = settings["FLOWFLEET_TEST_POSTGRES"],
            let redis = settings["FLOWFLEET_TEST_REDIS"]
        else { return nil }
        return Services(
            kafka: kafka, postgres: postgres, redis: redis, kafkaIsDurable: settings["FLOWFLEET_KAFKA_DURABLE"] != "0",
            kafkaHome: settings["FLOWFLEET_KAFKA_HOME"] ?? "", folder: settings["FLOWFLEET_SERVICES"] ?? "",
            script: settings["FLOWFLEET_SERVICES_SCRIPT"] ?? "")
    }()

    package static var areThere: Bool { current != nil }
    package static var areDurable: Bool { current?.kafkaIsDurable ?? false }
    package static var canBeKilled: Bool { areDurable && current?.script.isEmpty == false }
    package static var haveKafkaTools: Bool { current?.kafkaHome.isEmpty == false }

    /// The program that asks the API everything its description allows; nil where setup could not have it.
    package static var schemathesis: String? { ProcessInfo.processInfo.environment["FLOWFLEET_SCHEMATHESIS"] }
    /// A Python with the packages that receivers of webhooks use; nil where setup could not have it.
    package static var webhooks: String? { ProcessInfo.processInfo.environment["FLOWFLEET_WEBHOOKS"] }
    package static let noWebhooks = "needs standardwebhooks and svix from PyPI, which scripts/setup could not install"
    package static let noSchemathesis = "needs schemathesis from PyPI, which scripts/setup could not install"

    package static let absent = "no services: use scripts/test, or source the env file of scripts/services start DIR"
    package static let notDurable = "needs a Kafka that keeps its records; the dev broker does not"
    package static let noTools = "needs Kafka's own tools (KAFKA_HOME)"

    package enum Name: String, CaseIterable, Sendable { case kafka, postgres, redis }

    /// SIGKILL, as a power cut would.
    package func kill(_ name: Name) throws { try Command.succeed(script, ["kill", folder, name.rawValue]) }

    /// Starts it again on the same port and data, and waits until it answers.
    package func restart(_ name: Name) throws { try Command.succeed(script, ["restart", folder, name.rawValue]) }
}
