import API
import Platform
import Workflow

extension Command {
    static let workerList = Command(
        "worker list", "list the processes that are alive, and the handlers that are held back",
        discussion: """
            Processes of the fleet show themselves in Redis, for half a minute after each sign of life; without Redis
            none is shown and everything works. A circuit breaker that is not closed holds the retries of its handler
            back; with json and jsonl such a one has `"kind":"breaker"`.
            """,
        examples: ["flowfleet worker list", "flowfleet worker list -o jsonl"]
    ) { call throws(CommandFailure) in
        let workers = try Connections(call).workers()
        let alive = Command.half { () throws(ServiceFailure) in try workers.list().map { OutputRecord($0) } }
        let open = Command.half { () throws(ServiceFailure) in try workers.openBreakers().map { OutputRecord($0) } }
        if case (.failure(let failure), .failure) = (alive, open) { throw failure }
        Command.show(alive, open, call)
        var code = ExitCode.ok
        if case .failure(let failure) = alive { code = Command.tell(failure, "who is alive cannot be read", call) }
        if case .failure(let failure) = open { code = Command.tell(failure, "circuit breakers cannot be read", call) }
        return code
    }

    /// Processes are in Redis, breakers in Postgres: with one of them away the other half is still worth showing.
    private static func half(
        _ read: () throws(ServiceFailure) -> [OutputRecord]
    ) -> Result<[OutputRecord], CommandFailure> {
        do throws(CommandFailure) {
            return .success(try asking(read))
        } catch {
            return .failure(error)
        }
    }

    private static func show(
        _ alive: Result<[OutputRecord], CommandFailure>, _ open: Result<[OutputRecord], CommandFailure>,
        _ call: Invocation
    ) {
        let (first, second) = (try? alive.get(), (try? open.get()) ?? [])
        guard call.printer.format == .table else { return call.printer.list((first ?? []) + second, empty: "") }
        if let first { call.printer.list(first, empty: "no process is alive, or Redis has forgotten them") }
        guard !second.isEmpty else { return }
        if first != nil { call.console.put("") }
        call.printer.list(second, empty: "")
    }

    private static func tell(_ failure: CommandFailure, _ what: String, _ call: Invocation) -> ExitCode {
        call.console.note(
            CommandFailure(failure.code, "\(what): \(failure.message)", advice: failure.advice).text)
        return failure.code
    }
}
