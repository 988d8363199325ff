import Platform
import Stores
import Workflow

extension Command {
    static let adminMigrate = Command(
        "admin migrate", "bring the database to the schema of this program",
        discussion: """
            Forward only, each step in one transaction and checksummed. Safe to repeat, and to run at once from many
            places: whoever comes second waits and finds nothing to do.
            """,
        columns: [.schemaSteps], examples: ["flowfleet admin migrate"]
    ) { call throws(CommandFailure) in
        let printer = try call.printer(.schemaSteps)
        let connections = try Connections(call)
        let steps = try reaching { () throws(AccessFailure) in try Migrator(connections.postgres).migrate() }
        let records = steps.map { step in
            var record = OutputRecord()
            record.add("version", .number(step.version))
            record.add("name", .text(step.name))
            record.add("outcome", .text(step.isNew ? "applied" : "there already"))
            return record
        }
        printer.list(records, empty: "no schema steps")
        return .ok
    }
}
