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
            events.append(.sessionClosed(runID: owed.runID, stage: kind, depth: entry.depth ?? depth, why: why))
        } else {
            events.append(.passedOver(runID: owed.runID, channel: entry.name, stage: kind, why: why))
        }
        memo.limitedSince = nil
        if owed.kind == .watch { memo.closed.insert(place) } else { moveOn() }
    }

    mutating func moveOn() { (place, tries) = (place + 1, 0) }

    var depth: String { request.channels.lazy.compactMap(\.depth).first ?? "" }

    mutating func record(
        _ verdict: Verdict, _ kind: Notice.Kind, _ entry: ChannelRequest, _ code: Int?, _ latency: Microseconds,
        _ at: Microseconds
    ) {
        let attempt = DeliveryTry(
            notice: kind, channel: entry.name, at: at, outcome: verdict.word, code: code, latency: latency,
            error: verdict.words)
        attempts.append(attempt)
        events.append(.tried(runID: owed.runID, attempt))
    }

    // MARK: Notes

    func waiting(_ delay: Microseconds) -> DeliveryNote {
        var note = note(.waiting)
        note.delay = delay
        note.error = memo.firstError
        return note
    }

    func note(_ state: DeliveryState) -> DeliveryNote {
        var note = DeliveryNote(id: owed.id, state: state)
        (note.place, note.tries, note.channel) = (place, tries, lastChannel)
        note.memo = memo.json
        note.attempts = attempts
        return note
    }

    /// The last resort: nothing is lost.
    mutating func keep(_ now: Microseconds) -> Action {
        let isAsked = place < request.channels.count
        let reason: KeepReason =
            memo.isSessionClosed
            ? .sessionClosed
            : memo.wasTried ? .undeliverable : memo.firstError == nil && isAsked ? .requested : .malformed
        var note = note(.orphaned)
        (note.channel, note.error) = (isAsked ? "inbox" : lastChannel, memo.firstError)
        note.kept = kept(reason, why: memo.firstError ?? "the request asks for it")
        return .note(note)
    }

    /// Somebody knows of the result and how to fetch it, which is all that their channel took: it is kept for them.
    mutating func told() -> DeliveryNote {
        var note = note(.delivered)
        note.kept = kept(.tooLarge, why: "it is more than the channel takes")
        return note
    }

    private mutating func kept(_ reason: KeepReason, why: String) -> KeptNote {
        let data = owed.event.flatMap { JSONValue(trusted: $0).member("data")?.bytes } ?? JSONValue.emptyObject
        events.append(
            .kept(runID: owed.runID, reason: reason.rawValue, depth: depth, command: pickUp.command, why: why))
        return KeptNote(
            resultID: DeliveryID.result(owed.runID, ending: owed.ending), status: news.status.rawValue,
            reason: reason.rawValue, depth: depth.isEmpty ? nil : depth, results: data)
    }
}
