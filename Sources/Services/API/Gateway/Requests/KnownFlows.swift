import Platform

/// Flows and versions that are registered, as far as somebody has asked: what is registered once stays so.
final class KnownFlows: Sendable {
    private let known = Monitor<Set<String>>([])
    private static let most = 10_000

    func contains(_ flowID: String, _ version: Int?) -> Bool {
        let name = Self.name(flowID, version)
        return known.withLock { $0.contains(name) }
    }

    func add(_ flowID: String, _ version: Int?) {
        let name = Self.name(flowID, version)
        known.withLock { known in
            if known.count >= Self.most { known = [] }
            known.insert(name)
        }
    }

    private static func name(_ flowID: String, _ version: Int?) -> String { "\(flowID)/\(version ?? 0)" }
}
