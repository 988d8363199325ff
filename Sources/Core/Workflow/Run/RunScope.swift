import JSON

/// What a run's templates can reach.
struct RunScope: TemplateScope {
    let run: RunMachine

    var input: JSONValue { JSONValue(trusted: run.row.input) }
    var context: JSONValue { JSONValue(trusted: run.row.context) }

    func output(of task: Int) -> JSONValue? {
        guard run.slots[task].status.isUsable else { return nil }
        return JSONValue(trusted: run.slots[task].output ?? JSONValue.null)
    }

    var runID: Identifier { run.row.runID }
    var flowID: Identifier { run.row.flowID }
    var sessionID: Identifier { run.row.sessionID }
    var correlationID: Identifier { run.row.correlationID }
    var tenantID: Identifier { run.row.tenantID }
    var userID: Identifier { run.row.userID }
}

extension RunMachine {
    var scope: RunScope { RunScope(run: self) }
}
