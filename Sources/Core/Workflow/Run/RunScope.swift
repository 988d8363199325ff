public import JSON

/// What a run's templates can reach. The machine itself: a copy of it would cost more than the rendering.
extension RunMachine: TemplateScope {
    public var input: JSONValue { JSONValue(trusted: row.input) }
    public var context: JSONValue { JSONValue(trusted: row.context) }

    public func output(of task: Int) -> JSONValue? {
        guard slots[task].status.isUsable else { return nil }
        return JSONValue(trusted: slots[task].output ?? JSONValue.null)
    }

    public var flowID: Identifier { row.flowID }
    public var sessionID: Identifier { row.sessionID }
    public var correlationID: Identifier { row.correlationID }
    public var tenantID: Identifier { row.tenantID }
    public var userID: Identifier { row.userID }
}
