import API
import Platform
import Workflow

extension Command {
    static let deadLetterRedrive = Command(
        "dead-letter redrive", "give the task of a dead letter fresh attempts in its run",
        discussion: """
            Sends the command and waits (up to --timeout, default 10 s) for what the run's lane makes of it. The run
            goes on as `running`; tasks that were skipped because of this one run after it. For many letters make a
            campaign.
            """,
        operands: [Operand("LETTER", "its id or message id")], flags: WishFlags.all,
        examples: ["flowfleet dead-letter redrive 12 --reason \"database is back\""]
    ) { call throws(CommandFailure) in
        let limit = try call.values.duration("timeout") ?? .seconds(10)
        let connections = try Connections(call)
        let (letters, reader, requests) = (connections.letters(), connections.reader(), connections.requests())
        let letter = try asking { () throws(ServiceFailure) in try letters.letter(call.operand(0)) }
        let request = try asking { () throws(ServiceFailure) in try letters.redrive(letter, WishFlags.wish(call)) }
        try asking { () throws(ServiceFailure) in try requests.send(request) }
        let wait = RunWait(limit: limit, unknownLimit: nil, elapsed: Stopwatch().elapsed, pause: Stopwatch.pause)
        let outcome = try asking { () throws(ServiceFailure) in
            try wait.forOutcome(ofRequest: request.requestID, run: request.runID, reader: reader)
        }
        guard let outcome else {
            throw CommandFailure(
                .waitTimedOut, "the command is sent, but no orchestrator has dealt with it yet",
                advice: "is flowfleet-orchestrator running?")
        }
        guard outcome.isDone else {
            throw CommandFailure(.conflict, "redrive was refused: \(outcome.detail ?? "no reason given")")
        }
        // Closed in the same transaction as the answer was written: open still, it was the answer to another command.
        let now = try asking { () throws(ServiceFailure) in try letters.letter(letter.messageID) }
        guard now.state != "open" else {
            throw CommandFailure(
                .conflict, "the request id \(request.requestID) was used before, for another task: nothing was done")
        }
        var record = OutputRecord()
        record.add("run_id", .text(request.runID))
        record.add("task_id", .text(request.taskIDs.joined(separator: ",")))
        record.add("request_id", .text(request.requestID))
        record.add("outcome", .text("done"))
        record.add("detail", .init(outcome.detail))
        call.printer.one(record)
        return .ok
    }

    static let deadLetterDiscard = Command(
        "dead-letter discard", "close a dead letter that nobody will redrive",
        discussion: "The letter is kept, with who closed it and why; its run stays as it is.",
        operands: [Operand("LETTER", "its id or message id")], flags: WishFlags.allWithReason,
        examples: ["flowfleet dead-letter discard 12 --reason \"test data\""]
    ) { call throws(CommandFailure) in
        guard call.values.text("reason") != nil else { throw .usage("dead-letter discard needs --reason TEXT") }
        let letters = try Connections(call).letters()
        let closed = try asking { () throws(ServiceFailure) in
            let letter = try letters.letter(call.operand(0))
            try letters.discard(letter, WishFlags.wish(call))
            return try letters.letter(letter.messageID)
        }
        call.printer.one(OutputRecord(closed, inList: true))
        return .ok
    }
}
