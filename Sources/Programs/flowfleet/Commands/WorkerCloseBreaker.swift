import API
import Platform
import Workflow

extension Command {
    static let workerCloseBreaker = Command(
        "worker close-breaker", "close the circuit breaker of a handler, and let its retries go at once",
        discussion: """
            For when it is known that what failed is mended; left alone, a breaker finds out by itself with canaries.
            Failures from before do not open it again, new ones do. Kept in the audit log.
            """,
        operands: [Operand("HANDLER", "the handler's name")],
        flags: [Flag("tenant", "ID", "only the breaker of this tenant (default all)")] + WishFlags.all,
        examples: ["flowfleet worker close-breaker http --reason \"the proxy is back\""]
    ) { call throws(CommandFailure) in
        let breakers = try Connections(call).breakers()
        let closed = try asking { () throws(ServiceFailure) in
            try breakers.close(
                handler: call.operand(0), tenantID: call.values.text("tenant"), WishFlags.wish(call))
        }
        call.printer.list(closed.map { OutputRecord(closed: $0) }, empty: "")
        return .ok
    }
}

extension OutputRecord {
    fileprivate init(closed breaker: BreakerEntry) {
        self.init()
        add("handler", .text(breaker.handler))
        add("tenant_id", .text(breaker.tenantID))
        add("was", .text(breaker.state))
        add("freed", .number(breaker.parked))
        add("opened_at", .text(breaker.openedAt))
        add("reason", .text(breaker.reason))
    }
}
