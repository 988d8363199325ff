public import Workflow

/// Shows which circuit breakers are not closed, and what they hold back.
public struct BreakerReader {
    private let store: any BreakerListing

    public init(store: any BreakerListing) {
        self.store = store
    }

    public func openBreakers(
        handler: String? = nil, tenantID: String? = nil
    ) throws(ServiceFailure) -> [BreakerRecord] {
        try reaching { () throws(AccessFailure) in try store.openBreakers(handler: handler, tenantID: tenantID) }
    }
}
