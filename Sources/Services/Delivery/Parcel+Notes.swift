import JSON
import Workflow

/// What is left behind: channels that were passed over, and what the row is to say.
extension Parcel {
    /// Passed over without a request.
    mutating func pass(
        _ entry: ChannelRequest, _ kind: Notice.Kind, _ outcome: String, _ why: String, _ now: Microseconds
    ) {
        attempts.append(
            DeliveryTry(notice: kind, channel: entry.name, at: now, outcome: outcome, error: why))
        lastChannel = entry.name
        leave(entry, kind, outcome, why)
    }

    mutating func leave(_ entry: ChannelRequest, _ kind: Notice.Kind, _ outcome: String, _ why: String) {
        memo.firstError = memo.firstError ?? "\(entry.name): \(why)"
        if entry.hasToken, outcome == "expired" || outcome == "closed" {
            memo.isSessionClosed = true
            actions.append(
                .tell(.sessionClosed(runID: owed.runID, stage: kind, depth: entry.depth ?? depth, why: why)))
        } else {
            actions.append(.tell(.passedOver(runID: owed.runID, channel: entry.name, stage: kind, why: why)))
        }
        memo.limitedSince = nil
        guard owed.kind == .watch else { return moveOn() }
        memo.closed.insert(place)
        tries = 0
    }

    mutating func moveOn() { (place, tries) = (place + 1, 0) }

    var depth: String { request.channels.lazy.compactMap(\.depth).first ?? "" }

    // MARK: Notes

    func waiting(_ delay: Microseconds) -> DeliveryNote {
        var note = note(.waiting)
        note.delay = delay
        note.error = memo.firstError
        return note
    }

    func note(_ state: DeliveryState) -> DeliveryNote {
        var note = DeliveryNote(id: owed.id, claim: owed.claim, state: state)
        (note.place, note.tries, note.channel) = (place, tries, lastChannel)
        note.memo = memo.json
        note.attempts = attempts
        return note
    }

    /// The last resort: nothing is lost.
    mutating func keep() {
        let isAsked = place < request.channels.count
        var note = note(.orphaned)
        (note.channel, note.error) = (isAsked ? "inbox" : lastChannel, memo.firstError)
        keep(&note, reason(isAsked), why: memo.firstError ?? "the request asks for it")
    }

    /// Somebody knows of the result and how to fetch it, which is all that their channel took: it is kept for them.
    mutating func keepForThem() {
        var note = note(.delivered)
        keep(&note, .tooLarge, why: "it is more than the channel takes")
    }

    private mutating func keep(_ note: inout DeliveryNote, _ reason: KeepReason, why: String) {
        let data = owed.event.flatMap { JSONValue(trusted: $0).member("data")?.bytes } ?? JSONValue.emptyObject
        note.kept = KeptNote(
            resultID: DeliveryID.result(owed.runID, ending: owed.ending), status: news.status.rawValue,
            reason: reason.rawValue, depth: depth.isEmpty ? nil : depth, results: data)
        let told = CourierEvent.kept(
            runID: owed.runID, reason: reason.rawValue, depth: depth, command: pickUp.command, why: why)
        actions.append(.note(note, telling: told))
    }

    /// - `isAsked`: the inbox's turn came by the request itself.
    private func reason(_ isAsked: Bool) -> KeepReason {
        if memo.isSessionClosed { return .sessionClosed }
        if memo.wasTried { return .undeliverable }
        return isAsked && memo.firstError == nil ? .requested : .malformed
    }
}
