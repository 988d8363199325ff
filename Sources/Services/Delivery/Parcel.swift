import JSON
import Workflow

/// One claimed delivery on its way: decides what is sent next, and what its row is to say. Pure: no clock, no I/O.
///
/// States: on a channel (`place`) → a request is out (`out`) → its verdict leads to the next request, the next channel,
/// a later try, or the end. Whatever happens it ends in a note; an end of a run that no channel took is kept.
struct Parcel {
    enum Action {
        case send(OutgoingRequest)
        case note(DeliveryNote)
        /// Nothing more: it waits for an answer.
        case none
    }

    struct Out {
        var channel: any DeliveryChannel
        var notice: Notice
        var request: OutgoingRequest
        var at: Microseconds
    }

    let owed: OwedDelivery
    let request: DeliveryRequest
    var news: RunNews
    let pickUp: PickUp
    /// Of a watch: how the run stands.
    let run: WatchedRun?
    let limits: CourierLimits
    private(set) var place: Int
    private(set) var tries: Int
    private(set) var memo: DeliveryMemo
    private(set) var out: Out?
    private(set) var attempts: [DeliveryTry] = []
    private var lastChannel: String?
    private(set) var events: [CourierEvent] = []
    /// Endpoints that said they are gone, to be noted.
    private(set) var disabledURL: (url: String, reason: String)?
    /// A limit of the receiver that was reached, to be kept to by everybody.
    private(set) var held: (limit: String, until: Microseconds)?
    /// A pick-up code was made for a warning.
    var code: String?

    init(_ owed: OwedDelivery, run: WatchedRun?, pickUp: PickUp, limits: CourierLimits) {
        self.owed = owed
        self.run = run
        self.pickUp = pickUp
        self.limits = limits
        request = owed.request.map { DeliveryRequest(reading: JSONValue(trusted: $0)) } ?? DeliveryRequest([])
        news = RunNews(owed, run)
        place = owed.place
        tries = owed.tries
        memo = DeliveryMemo(reading: owed.memo)
    }

    var kind: Notice.Kind { news.status == .completed ? .result : .error }

    mutating func takeEvents() -> [CourierEvent] {
        defer { events = [] }
        return events
    }

    mutating func takeHeld() -> (limit: String, until: Microseconds)? {
        defer { held = nil }
        return held
    }

    mutating func takeDisabled() -> (url: String, reason: String)? {
        defer { disabledURL = nil }
        return disabledURL
    }

    // MARK: What is next

    /// - `disabled`: hashes of endpoints that are gone.
    mutating func next(_ desk: ChannelDesk, disabled: Set<String>, now: Microseconds) -> Action {
        owed.kind == .watch ? watchNext(desk, now) : endNext(desk, disabled, now)
    }

    private mutating func endNext(_ desk: ChannelDesk, _ disabled: Set<String>, _ now: Microseconds) -> Action {
        while place < request.channels.count {
            let entry = request.channels[place]
            guard let end = RunOutcome(news.status, isDegraded: news.degraded), entry.wants(end) else {
                moveOn()
                continue
            }
            if entry.target == .inbox { return keep(now) }
            if case .webhook(let url, _) = entry.target, disabled.contains(Endpoint.hash(url)) {
                pass(entry, kind, "disabled", "the endpoint has said that it is gone", now)
                continue
            }
            if let request = open(entry, kind, desk, now) { return .send(request) }
        }
        return keep(now)
    }

    private mutating func watchNext(_ desk: ChannelDesk, _ now: Microseconds) -> Action {
        let plan = WatchPlan(limits: limits, request: request, run: run, now: now)
        while true {
            switch plan.next(memo) {
            case .over: return .note(note(.delivered))
            case .wait(let until): return .note(waiting(max(until - now, 0)))
            case .tell(let kind, let at):
                place = at
                if let request = open(request.channels[at], kind, desk, now) { return .send(request) }
            }
        }
    }

    /// Whether a warning is what it tells next: it brings a pick-up code along.
    func warnsNext(_ now: Microseconds) -> Bool {
        guard owed.kind == .watch,
            case .tell(.early, _) = WatchPlan(limits: limits, request: request, run: run, now: now).next(memo)
        else { return false }
        return true
    }

    /// Hashes of the webhooks it may come to.
    var endpoints: [String] {
        request.channels.compactMap { entry in
            if case .webhook(let url, _) = entry.target { Endpoint.hash(url) } else { nil }
        }
    }

    /// Checks the channel and makes its request; nil: it was passed over.
    private mutating func open(
        _ entry: ChannelRequest, _ kind: Notice.Kind, _ desk: ChannelDesk, _ now: Microseconds
    ) -> OutgoingRequest? {
        let channel = desk.channel(for: entry)
        let notice = notice(kind, entry, now)
        switch channel.check(notice, now: now) {
        case .open:
            let request = channel.request(for: notice, now: now)
            out = Out(channel: channel, notice: notice, request: request, at: now)
            lastChannel = entry.name
            return request
        case .expired(let why): pass(entry, kind, "expired", why, now)
        case .closed(let why): pass(entry, kind, "closed", why, now)
        case .malformed(let why): pass(entry, kind, "malformed", why, now)
        }
        return nil
    }

    private func notice(_ kind: Notice.Kind, _ entry: ChannelRequest, _ now: Microseconds) -> Notice {
        var (news, pickUp) = (news, pickUp)
        if kind == .early { pickUp.code = code }
        if kind == .early || kind == .progress { news.body = WebhookBody.write(kind, news, pickUp: pickUp, at: now) }
        return Notice(
            id: DeliveryID.notice(
                owed.runID, ending: owed.ending, kind: kind, part: kind == .progress ? memo.told : 0),
            kind: kind, run: news, pickUp: pickUp, attach: entry.attach, memo: memo.left[place])
    }

    // MARK: What an answer means

    mutating func take(
        _ answer: SendAnswer, latency: Microseconds, _ desk: ChannelDesk, disabled: Set<String>,
        now: Microseconds
    ) -> Action {
        guard let out else { return .none }
        self.out = nil
        memo.wasTried = true
        let entry = request.channels[place]
        let verdict = out.channel.verdict(on: answer, to: out.request, for: out.notice, now: now)
        if case .next(let request) = verdict {
            self.out = Out(channel: out.channel, notice: out.notice, request: request, at: now)
            return .send(request)
        }
        record(verdict, out.notice.kind, entry, answer.code, latency, out.at)
        switch verdict {
        case .delivered(let left): return delivered(left, out.notice.kind, entry, now, desk)
        case .retry(let why, let after, let holding, let counts):
            if let holding, let after { held = (holding, now + after) }
            return later(why, after, counts, out, now, desk, disabled)
        case .disabled(let why):
            if case .webhook(let url, _) = entry.target { disabledURL = (url, why) }
            leave(entry, out.notice.kind, "closed", why)
        case .expired(let why): leave(entry, out.notice.kind, "expired", why)
        case .closed(let why): leave(entry, out.notice.kind, "closed", why)
        case .refused(let why): leave(entry, out.notice.kind, "refused", why)
        case .next: break
        }
        return next(desk, disabled: disabled, now: now)
    }

    private mutating func delivered(
        _ left: String?, _ kind: Notice.Kind, _ entry: ChannelRequest, _ now: Microseconds, _ desk: ChannelDesk
    ) -> Action {
        if let left { memo.left[place] = left }
        events.append(
            .delivered(
                runID: owed.runID, channel: entry.name, kind: kind,
                lateness: owed.lateness + max(now - owed.claimedAt, 0)))
        guard owed.kind == .watch else { return .note(note(.delivered)) }
        if kind == .early { memo.warned.insert(place) } else { noteTold(now) }
        return watchNext(desk, now)
    }

    private mutating func noteTold(_ now: Microseconds) {
        memo.toldAt = now
        memo.told += 1
        if case .percent(let share) = request.channels[place].progress {
            memo.percent = news.tasks.percent / share * share
        }
    }

    /// Not now. A notice of progress is not worth a second try: the next one comes anyway.
    private mutating func later(
        _ why: String, _ after: Microseconds?, _ counts: Bool, _ out: Out, _ now: Microseconds, _ desk: ChannelDesk,
        _ disabled: Set<String>
    ) -> Action {
        if out.notice.kind == .progress {
            noteTold(now)
            return .note(waiting(max(after ?? limits.watchLook, 1_000_000)))
        }
        if counts { tries += 1 }
        memo.firstError = memo.firstError ?? why
        guard let delay = out.channel.delay(afterTry: max(tries, 1), draw: draw) else {
            leave(request.channels[place], out.notice.kind, "given up", why)
            return next(desk, disabled: disabled, now: now)
        }
        return .note(waiting(after ?? delay))
    }

    /// From 0 to 1, the same whoever works it out.
    private var draw: Double {
        let hash = SHA256.hash(Array("jitter/\(owed.id)/\(tries)".utf8))
        return Double(Int(hash[0]) << 8 | Int(hash[1])) / 65_535
    }

    // MARK: Leaving a channel

    /// Passed over without a request.
    private mutating func pass(
        _ entry: ChannelRequest, _ kind: Notice.Kind, _ outcome: String, _ why: String, _ now: Microseconds
    ) {
        attempts.append(
            DeliveryTry(notice: kind, channel: entry.name, at: now, outcome: outcome, error: why))
        lastChannel = entry.name
        leave(entry, kind, outcome, why)
    }

    private mutating func leave(_ entry: ChannelRequest, _ kind: Notice.Kind, _ outcome: String, _ why: String) {
        memo.firstError = memo.firstError ?? "\(entry.name): \(why)"
        if entry.hasToken, outcome == "expired" || outcome == "closed" {
            memo.isSessionClosed = true
            events.append(.sessionClosed(runID: owed.runID, stage: kind, depth: entry.depth ?? depth, why: why))
        } else {
            events.append(.passedOver(runID: owed.runID, channel: entry.name, stage: kind, why: why))
        }
        if owed.kind == .watch { memo.closed.insert(place) } else { moveOn() }
    }

    private mutating func moveOn() { (place, tries) = (place + 1, 0) }

    private var depth: String { request.channels.lazy.compactMap(\.depth).first ?? "" }

    private mutating func record(
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

    private func note(_ state: DeliveryState) -> DeliveryNote {
        var note = DeliveryNote(id: owed.id, state: state)
        (note.place, note.tries, note.channel) = (place, tries, lastChannel)
        note.memo = memo.json
        note.attempts = attempts
        return note
    }

    /// The last resort: nothing is lost.
    private mutating func keep(_ now: Microseconds) -> Action {
        let isAsked = place < request.channels.count
        let reason: KeepReason =
            memo.isSessionClosed
            ? .sessionClosed
            : memo.wasTried ? .undeliverable : memo.firstError == nil && isAsked ? .requested : .malformed
        let data = owed.event.flatMap { JSONValue(trusted: $0).member("data")?.bytes } ?? JSONValue.emptyObject
        var note = note(.orphaned)
        (note.channel, note.error) = (isAsked ? "inbox" : lastChannel, memo.firstError)
        note.kept = KeptNote(
            resultID: DeliveryID.result(owed.runID, ending: owed.ending), status: news.status.rawValue,
            reason: reason.rawValue, depth: depth.isEmpty ? nil : depth, results: data)
        events.append(
            .kept(
                runID: owed.runID, reason: reason.rawValue, depth: depth, command: pickUp.command,
                why: memo.firstError ?? "the request asks for it"))
        return .note(note)
    }
}

extension SendAnswer {
    var code: Int? {
        if case .reply(let reply) = self { reply.status } else { nil }
    }
}

extension Verdict {
    /// As rows and metrics name it.
    var word: String {
        switch self {
        case .delivered: "delivered"
        case .next: "next"
        case .expired: "expired"
        case .closed: "closed"
        case .refused: "refused"
        case .retry: "failed"
        case .disabled: "disabled"
        }
    }

    var words: String? {
        switch self {
        case .delivered, .next: nil
        case .expired(let why), .closed(let why), .refused(let why), .disabled(let why): why
        case .retry(let why, _, _, _): why
        }
    }
}
