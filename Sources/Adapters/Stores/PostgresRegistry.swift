public import JSON
internal import Postgres
public import Workflow

/// The registry of flows in Postgres. Concurrent applies are put in order by the key (flow_id, version).
public final class PostgresRegistry: RegistryStore {
    private let access: PostgresAccess

    public init(_ access: PostgresAccess) {
        self.access = access
    }

    public func apply(
        _ definition: Bytes, sha256: String, flowID: String, isSame: (Bytes) -> Bool
    ) throws(AccessFailure) -> AppliedVersion {
        // Each lost race means that somebody else's version was made, so this ends.
        while true {
            let newest = try flow(flowID, version: nil)
            if let newest, isSame(newest.definition) { return AppliedVersion(entry: newest.entry, isNew: false) }
            let version = (newest?.entry.version ?? 0) + 1
            let made = try access.insert(
                Self.addVersion, [.string(sha256), .text(definition), .string(flowID), .int4(version)])
            if let row = made?.first {
                return AppliedVersion(entry: Self.entry(row), isNew: true)
            }
        }
    }

    public func flow(_ flowID: String, version: Int?) throws(AccessFailure) -> RegisteredFlow? {
        let wanted: PostgresParameter = version.map { .int4(Int32(clamping: $0)) } ?? .null
        guard let row = try access.query(Self.oneVersion, [.string(flowID), wanted]).first else { return nil }
        return RegisteredFlow(entry: Self.entry(row), definition: (row.bytes(4) ?? [])[...])
    }

    public func versions(of flowID: String) throws(AccessFailure) -> [RegistryEntry] {
        try access.query(Self.allVersions, [.string(flowID)]).map(Self.entry)
    }

    public func flows(after cursor: String?, limit: Int) throws(AccessFailure) -> [RegistryEntry] {
        try access.query(Self.newestVersions, [.string(cursor ?? ""), .int8(limit)]).map(Self.entry)
    }

    private static func entry(_ row: PostgresRow) -> RegistryEntry {
        RegistryEntry(
            flowID: row.string(0) ?? "", version: row.int(1) ?? 0, sha256: row.string(2) ?? "",
            createdAt: row.string(3) ?? "")
    }
}

extension PostgresRegistry {
    private static let columns = "v.flow_id, v.version, v.sha256, \(rfc3339("v.created_at"))"

    private static let addVersion = PostgresStatement(
        "registry_add_version", [.text, .text, .text, .int4],
        sql: """
            WITH kept AS (
                INSERT INTO flow_definitions (sha256, definition) VALUES ($1, $2) ON CONFLICT DO NOTHING
            )
            INSERT INTO flow_versions AS v (flow_id, version, sha256) VALUES ($3, $4, $1)
            RETURNING \(columns)
            """)

    private static let oneVersion = PostgresStatement(
        "registry_one_version", [.text, .int4],
        sql: """
            SELECT \(columns), d.definition
            FROM flow_versions v JOIN flow_definitions d USING (sha256)
            WHERE v.flow_id = $1 AND ($2 IS NULL OR v.version = $2)
            ORDER BY v.version DESC LIMIT 1
            """)

    private static let allVersions = PostgresStatement(
        "registry_all_versions", [.text],
        sql: "SELECT \(columns) FROM flow_versions v WHERE v.flow_id = $1 ORDER BY v.version DESC")

    private static let newestVersions = PostgresStatement(
        "registry_newest_versions", [.text, .int8],
        sql: """
            SELECT DISTINCT ON (v.flow_id) \(columns)
            FROM flow_versions v WHERE v.flow_id > $1
            ORDER BY v.flow_id, v.version DESC LIMIT $2
            """)
}
