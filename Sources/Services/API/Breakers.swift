public import Workflow

/// Closes circuit breakers by hand.
public struct Breakers {
    private let closing: any BreakerClosing

    public init(closing: any BreakerClosing) { self.closing = closing }

    /// - `tenantID`: nil for all tenants.
    public func close(handler: String, tenantID: String?, _ wish: Wish) throws(ServiceFailure) -> [BreakerEntry] {
        guard RequestDraft.isID(wish.requestID) else {
            throw ServiceFailure(.invalid, "request_id: is 1 to 255 bytes without control characters")
        }
        let closed = try reaching { () throws(AccessFailure) in
            try closing.close(handler: handler, tenantID: tenantID, wish)
        }
        guard closed.isEmpty else { return closed }
        let whose = tenantID.map { " of tenant \($0)" } ?? ""
        throw ServiceFailure(
            .notFound, "no breaker of handler \(handler)\(whose) is open", advice: "flowfleet worker list shows them")
    }
}
