public import JSON
import Platform
public import Workflow

/// Sends through the gateway's intake and waits for Kafka's acknowledgement: for services on a desk's thread.
///
/// A request for a run is noted first, so that the run is shown as `requested` from then on.
public final class IntakePublisher: RequestPublishing {
    private let intake: RunIntake
    private var members = JSONMembers()

    public init(_ intake: RunIntake) { self.intake = intake }

    public func publish(runID: String, request: Bytes) throws(AccessFailure) {
        try publish([RunMessage(runID: runID, value: request)])
    }

    public func publish(_ messages: [RunMessage]) throws(AccessFailure) {
        for start in stride(from: 0, to: messages.count, by: Self.most) {
            try send(messages[start..<min(start + Self.most, messages.count)])
        }
    }

    private static let most = 1_000
    private static let patience = Duration.seconds(4)

    private struct Count: Sendable {
        var left: Int
        var failure: AccessFailure?
    }

    private func send(_ messages: ArraySlice<RunMessage>) throws(AccessFailure) {
        let count = Monitor(Count(left: messages.count))
        for message in messages {
            let isTaken = intake.submit(
                RunIntake.Submission(runID: message.runID, message: Array(message.value), audit: audit(message)) {
                    failure in
                    count.update { count in
                        count.left -= 1
                        count.failure = count.failure ?? failure
                    }
                })
            guard isTaken else { throw AccessFailure(.unreachable, "too many requests are under way", isLog: true) }
        }
        let failure: AccessFailure?? = count.wait(within: Self.patience) { $0.left == 0 ? .some($0.failure) : nil }
        guard let failure else { throw AccessFailure(.unreachable, "Kafka has not acknowledged it", isLog: true) }
        if let failure { throw failure }
    }

    private func audit(_ message: RunMessage) -> AuditEntry? {
        guard (try? members.scan(message.value)) != nil, text("event_type") == "flow_run_requested" else { return nil }
        return AuditEntry(
            .runStart, requestID: String(message.runID.prefix(120)) + "/start", runID: message.runID,
            tenantID: text("tenant_id") ?? "default", actor: text("user_id"), detail: text("flow_id"))
    }

    private func text(_ name: StaticString) -> String? {
        members[name]?.string().map { String(decoding: $0, as: UTF8.self) }
    }
}
