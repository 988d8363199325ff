import JSON
import Workflow

/// A registry in memory.
final class RegistryTwin: RegistryStore {
    var versions: [String: [RegisteredFlow]] = [:]
    var isAway = false

    func apply(
        _ definition: Bytes, sha256: String, flowID: String, isSame: (Bytes) -> Bool
    ) throws(AccessFailure) -> AppliedVersion {
        let known = versions[flowID] ?? []
        if let newest = known.last, isSame(newest.definition) {
            return AppliedVersion(entry: newest.entry, isNew: false)
        }
        let entry = RegistryEntry(flowID: flowID, version: known.count + 1, sha256: sha256, createdAt: "now")
        versions[flowID] = known + [RegisteredFlow(entry: entry, definition: definition)]
        return AppliedVersion(entry: entry, isNew: true)
    }

    func flow(_ flowID: String, version: Int?) throws(AccessFailure) -> RegisteredFlow? {
        if isAway { throw AccessFailure(.unreachable, "no answer") }
        let known = versions[flowID] ?? []
        return version.map { number in known.first { $0.entry.version == number } } ?? known.last
    }

    func versions(of flowID: String) throws(AccessFailure) -> [RegistryEntry] {
        (versions[flowID] ?? []).reversed().map(\.entry)
    }

    func flows(after cursor: String?, limit: Int) throws(AccessFailure) -> [RegistryEntry] {
        Array(
            versions.sorted { $0.key < $1.key }.filter { $0.key > cursor ?? "" }.compactMap { $0.value.last?.entry }
                .prefix(limit))
    }
}

/// Runs that change with each look.
final class RunsTwin: RunReading {
    static func run(_ status: String) -> RunRecord {
        var run = RunRecord()
        run.runID = "r"
        run.status = status
        run.completedAt = ["completed", "failed", "cancelled"].contains(status) ? "then" : nil
        return run
    }

    var looks: [RunRecord?]
    var recorded: [TaskRecord] = []
    var definitions: [String: Bytes] = [:]

    init(_ looks: [RunRecord?] = []) {
        self.looks = looks
    }

    func run(_ runID: String) throws(AccessFailure) -> RunRecord? { looks.count > 1 ? looks.removeFirst() : looks[0] }
    func runs(_ filter: RunFilter) throws(AccessFailure) -> [RunRecord] { looks.compactMap { $0 } }
    func tasks(of runID: String) throws(AccessFailure) -> [TaskRecord] { recorded }
    func definition(sha256: String) throws(AccessFailure) -> Bytes? { definitions[sha256] }
}

/// Heartbeats as somebody wrote them.
final class BoardTwin: WorkerReading {
    private let texts: [String]
    var isAway = false

    init(_ texts: [String]) { self.texts = texts }

    func heartbeats() throws(AccessFailure) -> [Bytes] {
        if isAway { throw AccessFailure(.unreachable, "nobody answers") }
        return texts.map { Array($0.utf8)[...] }
    }
}
