import API
import Platform
import Workflow

extension Command {
    static let workerList = Command(
        "worker list", "list the processes that are alive, and the handlers that are held back",
        discussion: """
            Processes of the fleet show themselves in Redis, for half a minute after each sign of life; without Redis
            nothing is shown and everything works. A circuit breaker that is not closed holds the retries of its handler
            back; with json and jsonl such a one has `"kind":"breaker"`.
            """,
        examples: ["flowfleet worker list", "flowfleet worker list -o jsonl"]
    ) { call throws(CommandFailure) in
        let workers = try Connections(call).workers()
        let (alive, open) = try asking { () throws(ServiceFailure) in
            (try workers.list(), try workers.openBreakers())
        }
        let (first, second) = (alive.map { OutputRecord($0) }, open.map { OutputRecord($0) })
        guard call.printer.format == .table else {
            call.printer.list(first + second, empty: "")
            return .ok
        }
        call.printer.list(first, empty: "no process is alive, or Redis has forgotten them")
        if !second.isEmpty {
            call.console.put("")
            call.printer.list(second, empty: "")
        }
        return .ok
    }
}
