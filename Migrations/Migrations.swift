/// One step of the schema: its SQL runs once, in one transaction, and never changes afterwards.
public struct Migration: Sendable {
    public let version: Int
    public let name: String
    public let sql: [UInt8]
}

/// Every step of the schema in its order; the files lie beside this one and are part of the program.
public enum Migrations {
    public static let all: [Migration] = [
        Migration(version: 1, name: "runs", sql: PackageResources._001_runs_sql),
        Migration(version: 2, name: "retries", sql: PackageResources._002_retries_sql),
        Migration(version: 3, name: "dead_letters", sql: PackageResources._003_dead_letters_sql),
        Migration(version: 4, name: "looks", sql: PackageResources._004_looks_sql),
        Migration(version: 5, name: "gateway", sql: PackageResources._005_gateway_sql),
        Migration(version: 6, name: "stage_retries", sql: PackageResources._006_stage_retries_sql),
        Migration(version: 7, name: "sessions", sql: PackageResources._007_sessions_sql),
        Migration(version: 8, name: "deliveries", sql: PackageResources._008_deliveries_sql),
        Migration(version: 9, name: "session_retries", sql: PackageResources._009_session_retries_sql),
        Migration(version: 10, name: "delivery_claims", sql: PackageResources._010_delivery_claims_sql),
        Migration(version: 11, name: "tokens", sql: PackageResources._011_tokens_sql),
        Migration(version: 12, name: "audit_code", sql: PackageResources._012_audit_code_sql),
    ]
}
