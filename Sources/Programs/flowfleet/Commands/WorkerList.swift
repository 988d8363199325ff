import Platform

extension Command {
    static let workerList = Command(
        "worker list", "list the processes that are alive, and the handlers that are held back",
        discussion: """
            Processes of the fleet show themselves in Redis, for half a minute after each sign of life; without Redis
            none is shown and everything works. A circuit breaker that is not closed holds the retries of its handler
            back; with json and jsonl such a one has `"kind":"breaker"`.
            """,
        columns: [.workers, .breakers],
        examples: ["flowfleet worker list", "flowfleet worker list -o jsonl"]
    ) { call throws(CommandFailure) in
        let printer = try call.printer(.workers)
        let api = try APIClient(call)
        let alive = half("worker", APIPath("workers"), api)
        let open = half("breaker", APIPath("breakers"), api)
        if case (.failure(let failure), .failure) = (alive, open) { throw failure }
        show(alive, open, printer, call)
        var code = ExitCode.ok
        if case .failure(let failure) = alive { code = tell(failure, "who is alive cannot be read", call) }
        if case .failure(let failure) = open { code = tell(failure, "circuit breakers cannot be read", call) }
        return code
    }

    private typealias Half = Result<[OutputRecord], CommandFailure>

    /// Processes are in Redis, breakers in Postgres: with one of them away the other half is still worth showing.
    private static func half(_ kind: String, _ path: APIPath, _ api: APIClient) -> Half {
        do throws(CommandFailure) {
            return .success(
                try api.get(path).object.objects("items").map { object in
                    var record = OutputRecord(object)
                    record.add("kind", .text(kind))
                    return record
                })
        } catch {
            return .failure(error)
        }
    }

    private static func show(_ alive: Half, _ open: Half, _ printer: Printer, _ call: Invocation) {
        let (first, second) = (try? alive.get(), (try? open.get()) ?? [])
        guard printer.format == .table else { return printer.list((first ?? []) + second, empty: "") }
        if let first { printer.list(first, empty: "no process is alive, or Redis has forgotten them") }
        guard !second.isEmpty else { return }
        if first != nil { call.console.put("") }
        Printer(format: .table, console: call.console, columns: .breakers).list(second, empty: "")
    }

    private static func tell(_ failure: CommandFailure, _ what: String, _ call: Invocation) -> ExitCode {
        call.console.note(
            CommandFailure(failure.code, "\(what): \(failure.message)", advice: failure.advice).text)
        return failure.code
    }
}
