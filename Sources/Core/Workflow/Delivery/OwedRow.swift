import JSON

/// What a lane writes for couriers, with the fact itself: a crash between the two cannot lose it.
public struct OwedRow: Sendable, Equatable {
    public enum Kind: String, Sendable {
        /// The run ended.
        case end
        /// The run goes on, and somebody wants to hear how.
        case watch
    }

    public var runID: Identifier
    /// How often the run will have ended then: a run that lives again owes its next end too.
    public var ending: Int32
    public var kind: Kind

    public init(runID: Identifier, ending: Int32, kind: Kind) {
        self.runID = runID
        self.ending = ending
        self.kind = kind
    }
}

extension RunMachine {
    /// What this turn makes owed: the run's end, or a watch over a run that begins or lives again.
    func owe(_ turn: TurnContext, _ decision: inout Decision) {
        let control = row.state.control
        if row.state.status.isFinal {
            guard control.endBatch == turn.batch, isChanged || newRow != nil, let owed = row.owedEnd else { return }
            return decision.owed.append(owed)
        }
        guard newRow != nil || control.revivals.last?.batch == turn.batch, let delivery = row.delivery,
            DeliveryRequest(reading: JSONValue(trusted: delivery)).watches
        else { return }
        decision.owed.append(OwedRow(runID: runID, ending: control.endings + 1, kind: .watch))
    }
}

extension RunRow {
    /// Nil where nobody wants to hear of this end.
    public var owedEnd: OwedRow? {
        guard let delivery, let end = state.runOutcome,
            DeliveryRequest(reading: JSONValue(trusted: delivery)).wants(end)
        else { return nil }
        return OwedRow(runID: runID, ending: state.control.endings, kind: .end)
    }
}

extension RunStateRow {
    /// Nil while the run goes on.
    var runOutcome: RunOutcome? { RunOutcome(status, isDegraded: degraded) }
}

extension RunOutcome {
    public init?(_ status: RunStatus, isDegraded: Bool) {
        switch status {
        case .completed: self = isDegraded ? .degraded : .completed
        case .failed: self = .failed
        case .cancelled: self = .cancelled
        case .requested, .running, .paused: return nil
        }
    }
}
