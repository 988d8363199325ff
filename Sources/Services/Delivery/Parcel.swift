import JSON
import Workflow

/// One claimed delivery on its way: decides what is sent next, and what its row is to say. Pure: no clock, no I/O.
///
/// States: on a channel (`place`) → a request is out (`out`) → its verdict leads to the next request, the next channel,
/// a later try, or the end. Whatever happens it ends in a note; an end of a run that no channel took is kept.
struct Parcel {
    enum Action {
        case tell(CourierEvent)
        /// A limit of the receiver was reached: everybody keeps to it.
        case hold(limit: String, until: Microseconds)
        /// An endpoint said that it is gone.
        case disable(url: String, why: String)
        /// A pick-up code is to be made, and `next` to be asked again.
        case makeCode
        /// Then it waits for the answer.
        case send(OutgoingRequest)
        /// The end of the claim; what is told once it is written.
        case note(DeliveryNote, telling: CourierEvent? = nil)
    }

    /// What stands around it when it decides.
    struct Moment {
        let desk: ChannelDesk
        /// Hashes of endpoints that are gone.
        let disabled: Set<String>
        /// By Postgres' clock.
        let now: Microseconds
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
    /// What is to be done, as far as it is decided.
    var actions: [Action] = []
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

    // MARK: What is next

    /// The last of them sends or notes.
    mutating func next(_ moment: Moment) -> [Action] {
        decide(moment)
        return taken()
    }

    mutating func taken() -> [Action] {
        defer { actions = [] }
        return actions
    }

    mutating func decide(_ moment: Moment) {
        if owed.kind == .watch { watchNext(moment) } else { endNext(moment) }
    }

    mutating func endNext(_ moment: Moment) {
        while place < request.channels.count {
            let entry = request.channels[place]
            guard let end = RunOutcome(news.status, isDegraded: news.degraded), entry.wants(end) else {
                moveOn()
                continue
            }
            if entry.target == .inbox { return keep() }
            if case .webhook(let url, _) = entry.target, moment.disabled.contains(Endpoint.hash(url)) {
                pass(entry, kind, "disabled", "the endpoint has said that it is gone", moment.now)
                continue
            }
            if open(entry, kind, moment) { return }
        }
        keep()
    }

    mutating func watchNext(_ moment: Moment) {
        let now = moment.now
        let plan = WatchPlan(limits: limits, request: request, run: run, now: now)
        while true {
            switch plan.next(memo) {
            case .over: return actions.append(.note(note(.delivered)))
            case .wait(let until): return actions.append(.note(waiting(max(until - now, 0))))
            case .tell(.early, _) where code == nil: return actions.append(.makeCode)
            case .tell(let kind, let at):
                place = at
                if open(request.channels[at], kind, moment) { return }
            }
        }
    }

    /// Hashes of the webhooks it may come to.
    var endpoints: [String] {
        request.channels.compactMap { entry in
            if case .webhook(let url, _) = entry.target { Endpoint.hash(url) } else { nil }
        }
    }

    /// Checks the channel and sends, or asks for the code that it needs; false: it was passed over.
    mutating func open(_ entry: ChannelRequest, _ kind: Notice.Kind, _ moment: Moment) -> Bool {
        let channel = moment.desk.channel(for: entry, of: owed.tenantID)
        let notice = notice(kind, entry, moment.now)
        switch channel.check(notice, now: moment.now) {
        case .open where code == nil && channel.needsCode(for: notice):
            actions.append(.makeCode)
            return true
        case .open:
            lastChannel = entry.name
            send(channel.request(for: notice, now: moment.now), notice, channel, moment.now)
            return true
        case .expired(let why): pass(entry, kind, "expired", why, moment.now)
        case .closed(let why): pass(entry, kind, "closed", why, moment.now)
        case .malformed(let why): pass(entry, kind, "malformed", why, moment.now)
        }
        return false
    }

    mutating func send(
        _ wanted: OutgoingRequest, _ notice: Notice, _ channel: any DeliveryChannel, _ now: Microseconds
    ) {
        var wanted = wanted
        wanted.isGuarded = request.channels[place].isWebhook
        out = Out(channel: channel, notice: notice, request: wanted, at: now)
        actions.append(.send(wanted))
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
