public import Workflow

/// Shows circuit breakers that are not closed, and closes them by hand.
public struct Breakers {
    private let showing: any BreakerShowing
    private let closing: any BreakerClosing

    public init(showing: any BreakerShowing, closing: any BreakerClosing) {
        self.showing = showing
        self.closing = closing
    }

    public func open() throws(ServiceFailure) -> [BreakerEntry] {
        try reaching { () throws(AccessFailure) in try showing.openBreakers() }
    }

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
