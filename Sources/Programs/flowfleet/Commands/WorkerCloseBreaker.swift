import Platform

extension Command {
    static let workerCloseBreaker = Command(
        "worker close-breaker", "close the circuit breaker of a handler, and let its retries go at once",
        discussion: """
            For when it is known that what failed is mended; left alone, a breaker finds out by itself with canaries.
            Failures from before do not open it again, new ones do. Kept in the audit log.
            """,
        operands: [Operand("HANDLER", "the handler's name")],
        flags: [Flag("tenant", "ID", "only the breaker of this tenant (default all)")] + WishFlags.all,
        columns: [.breakers],
        examples: ["flowfleet worker close-breaker http --reason \"the proxy is back\""]
    ) { call throws(CommandFailure) in
        let printer = try call.printer(.breakers)
        var body = WishFlags.body(call)
        body.put("tenant_id", call.values.text("tenant"))
        let answer = try APIClient(call).send(APIPath("breakers", call.operand(0), "close"), body.bytes)
        printer.list(answer.object.objects("items").map { OutputRecord($0) }, empty: "")
        return .ok
    }
}
