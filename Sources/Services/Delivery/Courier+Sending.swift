import Platform
import Workflow

/// Requests on their way, and what comes back.
extension Courier {
    /// Does what a parcel wants.
    func act(_ actions: [Parcel.Action], _ held: Held, _ token: Int) {
        var held = held
        held.request = nil
        parcels[token] = held
        let now = moment(held.parcel, held.claimedAt).now
        for action in actions {
            switch action {
            case .tell(let event): observer.noticed(event)
            case .hold(let limit, let until): holds.hold(limit, until: until, now: now)
            case .disable(let url, let why): disable(url, why)
            case .makeCode: goOnWithCode(held, token)
            case .send(let request): begin(request, held, token)
            case .note(let note, let told):
                parcels[token] = nil
                finish(note, told, held)
            }
        }
    }

    private func goOnWithCode(_ held: Held, _ token: Int) {
        guard let code = makeCode(for: held.parcel.owed.id) else { return giveBack(token, after: 0) }
        var held = held
        held.parcel.code = code
        let actions = held.parcel.next(moment(held.parcel, held.claimedAt))
        act(actions, held, token)
    }

    private func begin(_ request: OutgoingRequest, _ held: Held, _ token: Int) {
        var held = held
        let moment = moment(held.parcel, held.claimedAt)
        if let wait = holds.wait(request.limits, at: moment.now) {
            let actions = held.parcel.held(for: wait, moment)
            return act(actions, held, token)
        }
        (held.request, held.host) = (request, Endpoint.place(request.url.revealed))
        held.since = clock.monotonic
        parcels[token] = held
        if !send(token) { queue.append(token) }
    }

    /// Hands a request over; false: its host or the sender has enough to do.
    private func send(_ token: Int) -> Bool {
        guard var held = parcels[token], let request = held.request else { return true }
        // What could outlast the claim is somebody else's.
        if clock.monotonic - held.claimedAt > limits.claim - limits.send - 2_000_000 {
            giveBack(token, after: 0)
            return true
        }
        let tenant = held.parcel.owed.tenantID
        guard underWay[held.host, default: 0] < limits.perHost,
            underWayFor[tenant, default: 0] < limits.sendsOfOneTenant, sender.send(request, token: token)
        else { return false }
        underWay[held.host, default: 0] += 1
        underWayFor[tenant, default: 0] += 1
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
        unwritten.append(Unwritten(note: held.parcel.waiting(delay)))
    }

    /// Takes in what was answered meanwhile.
    func collect() {
        guard parcels.count > queue.count else { return }
        let answers = sender.answers(wait: limits.answerWait)
        guard !answers.isEmpty else { return }
        observer.passed(.sentNotNoted)
        for sent in answers {
            guard var held = parcels[sent.token], held.request == nil else { continue }
            let (left, ofTenant) = (underWay[held.host, default: 1] - 1, held.parcel.owed.tenantID)
            underWay[held.host] = left > 0 ? left : nil
            underWayFor[ofTenant, default: 1] -= 1
            if underWayFor[ofTenant] == 0 { underWayFor[ofTenant] = nil }
            let moment = moment(held.parcel, held.claimedAt)
            let actions = held.parcel.take(sent.answer, latency: sent.latency, moment)
            act(actions, held, sent.token)
        }
    }

    /// Where the store is away it is not written; the next try meets the same answer.
    private func disable(_ url: String, _ reason: String) {
        let (hash, place) = (Endpoint.hash(url), Endpoint.place(url))
        disabled.insert(hash)
        _ = ask { () throws(StoreError) in try self.store.disable(hash, place: place, because: reason) }
        observer.noticed(.endpointDisabled(place: place, why: reason))
    }
}
