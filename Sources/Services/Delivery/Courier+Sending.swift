import Platform
import Workflow

/// Requests on their way, and what comes back.
extension Courier {
    /// Does what a parcel wants.
    func act(_ action: Parcel.Action, _ held: Held, _ token: Int) {
        var held = held
        for event in held.parcel.takeEvents() { observer.noticed(event) }
        if let (limit, until) = held.parcel.takeHeld() {
            holds.hold(limit, until: until, now: time(held.parcel, held.claimedAt))
        }
        if let (url, reason) = held.parcel.takeDisabled() { disable(url, reason) }
        switch action {
        case .none: parcels[token] = nil
        case .note(let note):
            parcels[token] = nil
            finish(note, held)
        case .makeCode:
            guard let code = makeCode(for: held.parcel.owed.id) else {
                parcels[token] = nil
                return notes.append(held.parcel.waiting(0))
            }
            held.parcel.code = code
            act(held.parcel.next(desk, disabled: disabled, now: time(held.parcel, held.claimedAt)), held, token)
        case .send(let request):
            let now = time(held.parcel, held.claimedAt)
            if let wait = holds.wait(request.limits, at: now) {
                let action = held.parcel.held(for: wait, desk, disabled, now)
                return act(action, held, token)
            }
            held.request = request
            held.host = Endpoint.place(request.url.revealed)
            held.since = clock.monotonic
            parcels[token] = held
            if !send(token) { queue.append(token) }
        }
    }

    /// Hands a request over; false: its host or the sender has enough to do.
    private func send(_ token: Int) -> Bool {
        guard var held = parcels[token], let request = held.request else { return true }
        // What could outlast the claim is somebody else's.
        if clock.monotonic - held.claimedAt > limits.claim - limits.send - 2_000_000 {
            giveBack(token, after: 0)
            return true
        }
        guard underWay[held.host, default: 0] < limits.perHost, sender.send(request, token: token) else {
            return false
        }
        underWay[held.host, default: 0] += 1
        held.request = nil
        parcels[token] = held
        return true
    }

    func sendWaiting() {
        guard !queue.isEmpty else { return }
        let waiting = queue
        queue = []
        for token in waiting where !send(token) { queue.append(token) }
    }

    /// Those that have waited long for their host make room for others.
    func makeRoom(_ now: Microseconds) {
        guard parcels.count >= limits.batch else { return }
        let (late, rest) = queue.reduce(into: ([Int](), [Int]())) { split, token in
            let since = parcels[token]?.since ?? now
            if now - since >= limits.patience { split.0.append(token) } else { split.1.append(token) }
        }
        for token in late { giveBack(token, after: limits.patience) }
        queue = rest
    }

    func giveBack(_ token: Int, after delay: Microseconds) {
        guard let held = parcels.removeValue(forKey: token) else { return }
        notes.append(held.parcel.waiting(delay))
    }

    /// Takes in what was answered meanwhile.
    func collect() {
        guard parcels.count > queue.count else { return }
        let answers = sender.answers(wait: limits.answerWait)
        guard !answers.isEmpty else { return }
        observer.passed(.sentNotNoted)
        for sent in answers {
            guard var held = parcels[sent.token], held.request == nil else { continue }
            let left = underWay[held.host, default: 1] - 1
            underWay[held.host] = left > 0 ? left : nil
            let action = held.parcel.take(
                sent.answer, latency: sent.latency, desk, disabled: disabled, now: time(held.parcel, held.claimedAt))
            act(action, held, sent.token)
        }
    }

    private func disable(_ url: String, _ reason: String) {
        let (hash, place) = (Endpoint.hash(url), Endpoint.place(url))
        disabled.insert(hash)
        _ = ask { () throws(StoreError) in try self.store.disable(hash, place: place, because: reason) }
        observer.noticed(.endpointDisabled(place: place, why: reason))
    }

    // MARK: Noting

    /// A result that is kept has its file first: whatever comes then, it is somewhere.
    private func finish(_ note: DeliveryNote, _ held: Held) {
        if let kept = note.kept, let files {
            let owed = held.parcel.owed
            let path = files.path(of: owed.runID)
            let bytes = OrphanFile.write(
                owed, kept, command: held.parcel.pickUp.command, path: path, at: time(held.parcel, held.claimedAt))
            do throws(KeepingFailure) {
                _ = try files.write(bytes, run: owed.runID)
            } catch {
                observer.noticed(
                    .fileFailed(runID: owed.runID, words: error.words, why: note.error ?? kept.reason))
            }
        }
        notes.append(note)
    }

    /// Repeated while the store is away: until then they are with us, and their claims keep others off for a while.
    func writeNotes() {
        guard !notes.isEmpty else { return }
        let waiting = notes
        let isDone: Void? = ask { () throws(StoreError) in
            do throws(StoreError) {
                try self.store.note(waiting, keptFor: self.limits.retentionDays)
            } catch {
                guard case .refused(.data) = error, waiting.count > 1 else { throw error }
                try self.noteSingly(waiting)
            }
        }
        if isDone != nil { notes.removeFirst(waiting.count) }
    }

    /// One of them cannot be stored: the others are, and it comes again when its claim has run out.
    private func noteSingly(_ waiting: [DeliveryNote]) throws(StoreError) {
        for note in waiting {
            do throws(StoreError) {
                try store.note([note], keptFor: limits.retentionDays)
            } catch {
                guard case .refused(.data) = error else { throw error }
                observer.noticed(.storeAway("\(error)"))
            }
        }
    }
}
