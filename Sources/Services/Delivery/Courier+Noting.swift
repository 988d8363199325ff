import Workflow

/// What came of rows, until it is written.
extension Courier {
    /// A result that is kept has its file first: whatever comes then, it is somewhere. A file without a row goes with
    /// a later look through the files.
    /// - `news`: told when the note is written.
    func finish(_ note: DeliveryNote, _ news: CourierEvent?, _ held: Held) {
        var told = news.map { [$0] } ?? []
        guard let kept = note.kept else { return unwritten.append(Unwritten(note: note, told: told)) }
        let (owed, command) = (held.parcel.owed, held.parcel.pickUp.command)
        if let files, !owed.isOutdated {
            let bytes = OrphanFile.write(
                owed, kept, command: command, path: files.path(of: owed.runID),
                at: moment(held.parcel, held.claimedAt).now)
            do throws(KeepingFailure) {
                try files.write(bytes, run: owed.runID)
            } catch {
                told.append(.fileFailed(runID: owed.runID, words: error.words, why: note.error ?? kept.reason))
            }
        }
        unwritten.append(Unwritten(note: note, told: told))
    }

    /// Repeated while the store is away: until then they are with us, and their claims keep others off for a while.
    func writeNotes() {
        guard !unwritten.isEmpty else { return }
        let waiting = unwritten
        _ = ask { () throws(StoreError) in try self.write(waiting) }
    }

    /// - `waiting`: the first of what is unwritten. Of one that Postgres refuses for its data the least that there is
    ///   to say is written, so that it is not sent again and again.
    private func write(_ waiting: [Unwritten]) throws(StoreError) {
        do throws(StoreError) {
            let ours = try store.note(waiting.map(\.note), keptFor: limits.ages.retentionDays)
            unwritten.removeFirst(waiting.count)
            for one in waiting where ours.contains(one.note.id) { one.told.forEach(observer.noticed) }
            let late = waiting.count { !ours.contains($0.note.id) }
            if late > 0 { observer.noticed(.tooLate(count: late)) }
            return
        } catch {
            guard case .refused(.data(let words)) = error else { throw error }
            if let one = waiting.first?.note, waiting.count == 1 {
                observer.noticed(.unwritable(id: one.id, words: words))
                _ = try store.note([one.bare], keptFor: limits.ages.retentionDays)
                return unwritten.removeFirst(1)
            }
        }
        for one in waiting { try write([one]) }
    }
}

extension DeliveryNote {
    /// Only numbers and words of ours. What was to be kept comes again later: its row has it still.
    fileprivate var bare: DeliveryNote {
        var bare = DeliveryNote(id: id, claim: claim, state: state == .orphaned ? .waiting : state)
        (bare.place, bare.tries) = (place, tries)
        bare.delay = state == .orphaned ? 3_600_000_000 : delay
        bare.error = "Postgres refused what was to be noted of it"
        return bare
    }
}
