public import Workflow

/// Shows who asked for what, why, and what came of it.
public struct AuditLog {
    private let reader: any AuditReading

    public init(reader: any AuditReading) { self.reader = reader }

    /// From the newest to the oldest.
    public func list(_ filter: AuditFilter) throws(ServiceFailure) -> [AuditRecord] {
        try reaching { () throws(AccessFailure) in try reader.entries(filter) }
    }
}
