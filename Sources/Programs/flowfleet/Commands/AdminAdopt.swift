import Platform
import Stores
import Workflow

extension Command {
    static let adminAdopt = Command(
        "admin adopt", "make the consumer group of another installation ours",
        discussion: """
            A database without checkpoints refuses to work with a consumer group whose commits name another
            installation: either a setting points to the wrong Kafka, or this database replaces a lost one. If it is the
            latter, choose, with all orchestrators stopped:

            --from-start forgets the group's commits. The lanes read their topics from where
            ORCHESTRATOR_KAFKA_AUTO_OFFSET_RESET says: with `earliest` every request that Kafka still keeps is taken
            again, and runs that had ended run once more.

            --from-group takes the group's positions as checkpoints. Nothing is taken twice, but runs that were going on
            are unknown to this database: their results are counted as unknown and dropped.

            Without a choice it only says what it found.
            """,
        flags: [
            Flag("from-start", nil, "forget the group's commits"),
            Flag("from-group", nil, "take the group's positions as checkpoints"),
        ], columns: [.adoption],
        examples: ["flowfleet admin adopt", "flowfleet admin adopt --from-group"]
    ) { call throws(CommandFailure) in
        let printer = try call.printer(.adoption)
        let (fromStart, fromGroup) = (call.values.isSet("from-start"), call.values.isSet("from-group"))
        if fromStart && fromGroup { throw .usage("choose one of --from-start and --from-group") }
        let connections = try Connections(call)
        let adoption = try connections.adoption()
        let found = try reaching { () throws(AccessFailure) in try adoption.look() }
        guard fromStart || fromGroup else { return tell(found, call, printer) }
        try check(found)
        try reaching { () throws(AccessFailure) in
            if fromStart { try adoption.forget() } else { _ = try adoption.takeOver() }
        }
        call.console.note("group \(found.group) belongs to installation \(found.installation) now")
        return .ok
    }

    private static func tell(_ found: GroupAdoption.Findings, _ call: Invocation, _ printer: Printer) -> ExitCode {
        var record = OutputRecord()
        record.add("group", .text(found.group))
        record.add("installation", .text(found.installation))
        record.add("other_installations", .text(found.foreign.joined(separator: ", ")))
        record.add("commits", .number(found.commits))
        record.add("members", .number(found.members))
        record.add("checkpoints", .number(found.checkpoints))
        printer.one(record)
        if found.foreign.isEmpty || found.checkpoints > 0 {
            call.console.note("nothing has to be adopted")
        } else {
            call.console.note("choose --from-start or --from-group; flowfleet admin adopt --help explains both")
        }
        return .ok
    }

    private static func check(_ found: GroupAdoption.Findings) throws(CommandFailure) {
        if found.members > 0 {
            throw CommandFailure(
                .conflict, "group \(found.group) has \(found.members) members", advice: "stop all orchestrators first")
        }
        if found.checkpoints > 0 {
            throw CommandFailure(
                .conflict, "this database has checkpoints of \(found.checkpoints) lanes and goes on from them",
                advice: "nothing has to be adopted")
        }
    }
}
