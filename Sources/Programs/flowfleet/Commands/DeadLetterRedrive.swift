import Platform

extension Command {
    static let deadLetterRedrive = Command(
        "dead-letter redrive", "give the task of a dead letter fresh attempts in its run",
        discussion: """
            Sends the command and waits (up to --timeout, default 10 s) for what the run's lane makes of it. The run
            goes on as `running`; tasks that were skipped because of this one run after it. For many letters make a
            campaign.
            """,
        operands: [Operand("LETTER", "its id or message id")], flags: WishFlags.all + [.timeout], columns: [.outcomes],
        examples: ["flowfleet dead-letter redrive 12 --reason \"database is back\""]
    ) { call throws(CommandFailure) in
        let (printer, api) = (try call.printer(.outcomes), try APIClient(call))
        let command = LaneCommand(call: call, api: api, name: "redrive")
        let id = call.values.text("request-id") ?? randomID()
        return try command.run(
            APIPath("dead-letters", call.operand(0), "redrive"), WishFlags.body(call, requestID: id), printer,
            standard: .seconds(10), ids: [("request-id", id)])
    }

    static let deadLetterDiscard = Command(
        "dead-letter discard", "close a dead letter that nobody will redrive",
        discussion: "The letter is kept, with who closed it and why; its run stays as it is.",
        operands: [Operand("LETTER", "its id or message id")], flags: WishFlags.allWithReason, columns: [.letters],
        examples: ["flowfleet dead-letter discard 12 --reason \"test data\""]
    ) { call throws(CommandFailure) in
        guard call.values.text("reason") != nil else { throw .usage("dead-letter discard needs --reason TEXT") }
        let printer = try call.printer(.letters)
        let path = APIPath("dead-letters", call.operand(0), "discard")
        printer.one(OutputRecord(try APIClient(call).send(path, WishFlags.body(call).bytes).object))
        return .ok
    }
}
