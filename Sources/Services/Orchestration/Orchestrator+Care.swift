import Workflow

/// A record that is tried with care, as this process noted it.
struct Announced: Equatable {
    var lane: Int32
    var topic: InputTopic
    var offset: Int64
}

/// Lanes that were taken again and again: something in them may end its reader. One record at a time is tried, each
/// named in its lane's row first; the one that was named twice and is still there is set aside unread.
///
/// Only time clears the suspicion, not commits: other records of the lane go well in every life of its readers.
extension Orchestrator {
    var isSteady: Bool { clock.monotonic - takenAt >= settings.steadyTime }

    /// How many records the next turn takes; nil while a record has to be waited for, or announced and cannot be.
    func nextRecords() -> Int? {
        guard !isSteady, lanes.values.contains(where: \.needsCare) else {
            awaitsTried = false
            return breaks.isCareful ? nextCarefulRecord() : min(recordsOfOneTurn(), prefix)
        }
        awaitsTried = !bringTriedForward()
        guard !awaitsTried else { return nil }
        guard let record = inbox.first, let lane = lanes[record.lane] else { return 0 }
        return announceTry(record, lane) ? 1 : nil
    }

    /// As many as are there, within the limits of one turn; at least one, however large.
    private func recordsOfOneTurn() -> Int {
        var (count, bytes) = (0, 0)
        for place in inbox.indices.prefix(settings.receive.records) {
            bytes += inbox[place].byteCount
            guard count == 0 || bytes <= settings.receive.bytes else { break }
            count += 1
        }
        return count
    }

    /// The record that was tried when its reader ended comes before all others, so that nothing takes its place in the
    /// row. It is the next one of its topic; where the lane has gone back in the topic, what comes before it is. False
    /// until that has come.
    private func bringTriedForward() -> Bool {
        for lane in lanes.values.sorted(by: { $0.id < $1.id }) where lane.needsCare {
            guard let trying = lane.trying else { continue }
            let place = inbox.firstIndex { $0.lane == lane.id && $0.topic == trying.topic }
            guard let place else { return false }
            if place > 0 { inbox.insert(inbox.remove(at: place), at: 0) }
            return true
        }
        return true
    }

    /// Written before the record is touched, so that its next reader knows that it was tried.
    private func announceTry(_ record: InputRecord, _ lane: Lane) -> Bool {
        let announcement = Announced(record)
        guard announced != announcement else { return true }
        var trying = Trying(topic: record.topic, offset: record.offset, tries: 1)
        if let before = lane.trying, before.topic == record.topic, before.offset == record.offset {
            guard before.tries < 2 else { return true }
            trying.tries = before.tries + 1
        }
        let noted: Void? = ask { () throws(StoreError) in
            try self.store.noteTrying(trying, lane: record.lane, owner: lane.owner)
        }
        guard noted != nil else { return false }
        announced = announcement
        return true
    }
}
