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
        /// A pick-up code is to be made, and `next` to be asked again.
        case makeCode
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
    var place: Int
    var tries: Int
    var memo: DeliveryMemo
    var out: Out?
    var attempts: [DeliveryTry] = []
    var lastChannel: String?
    var events: [CourierEvent] = []
    /// Endpoints that said they are gone, to be noted.
    var disabledURL: (url: String, reason: String)?
    /// A limit of the receiver that was reached, to be kept to by everybody.
    var held: (limit: String, until: Microseconds)?
    /// A pick-up code was made for what it tells next.
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

    mutating func endNext(_ desk: ChannelDesk, _ disabled: Set<String>, _ now: Microseconds) -> Action {
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
            if let action = open(entry, kind, desk, now) { return action }
        }
        return keep(now)
    }

    mutating func watchNext(_ desk: ChannelDesk, _ now: Microseconds) -> Action {
        let plan = WatchPlan(limits: limits, request: request, run: run, now: now)
        while true {
            switch plan.next(memo) {
            case .over: return .note(note(.delivered))
            case .wait(let until): return .note(waiting(max(until - now, 0)))
            case .tell(.early, _) where code == nil: return .makeCode
            case .tell(let kind, let at):
                place = at
                if let action = open(request.channels[at], kind, desk, now) { return action }
            }
        }
    }

    /// Hashes of the webhooks it may come to.
    var endpoints: [String] {
        request.channels.compactMap { entry in
            if case .webhook(let url, _) = entry.target { Endpoint.hash(url) } else { nil }
        }
    }

    /// Checks the channel and makes its request, or asks for the code that it needs; nil: it was passed over.
    mutating func open(
        _ entry: ChannelRequest, _ kind: Notice.Kind, _ desk: ChannelDesk, _ now: Microseconds
    ) -> Action? {
        let channel = desk.channel(for: entry, of: owed.tenantID)
        let notice = notice(kind, entry, now)
        switch channel.check(notice, now: now) {
        case .open where code == nil && channel.needsCode(for: notice): return .makeCode
        case .open:
            var request = channel.request(for: notice, now: now)
            request.isGuarded = entry.isWebhook
            out = Out(channel: channel, notice: notice, request: request, at: now)
            lastChannel = entry.name
            return .send(request)
        case .expired(let why): pass(entry, kind, "expired", why, now)
        case .closed(let why): pass(entry, kind, "closed", why, now)
        case .malformed(let why): pass(entry, kind, "malformed", why, now)
        }
        return nil
    }

    func notice(_ kind: Notice.Kind, _ entry: ChannelRequest, _ now: Microseconds) -> Notice {
        var (news, pickUp) = (news, pickUp)
        pickUp.code = code
        if kind == .early || kind == .progress { news.body = WebhookBody.write(kind, news, pickUp: pickUp, at: now) }
        return Notice(
            id: DeliveryID.notice(
                owed.runID, ending: owed.ending, kind: kind, part: kind == .progress ? memo.told : 0),
            kind: kind, run: news, pickUp: pickUp, attach: entry.attach, memo: memo.left[place])
    }
}
