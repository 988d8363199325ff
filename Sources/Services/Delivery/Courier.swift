public import Platform
public import Workflow

/// Brings results to people: claims what is due, sends it side by side, notes what came of it.
///
/// A synchronous loop: `step()` waits in the sender or in the store only, each in bounded time. What must hold between
/// steps: every claimed row is in `parcels` or in `unwritten`, and no transaction is open. So whoever ends this process
/// at any moment leaves rows whose claims run out; somebody else sends them, once more at worst, with the same ids. It
/// never writes anything of a run: a delivery that fails changes nothing about what the run came to.
public final class Courier {
    let store: any DeliveryStore
    let sender: any DeliverySender
    let files: (any OrphanFiles)?
    let desk: ChannelDesk
    let clock: any LaneClock
    let observer: any CourierObserver
    let limits: CourierLimits
    /// Where results can be picked up over HTTP; nil: not told.
    let publicURL: String?

    /// What is claimed, by the token of its request.
    var parcels: [Int: Held] = [:]
    /// Tokens of those that wait for their host, the oldest first.
    var queue: [Int] = []
    /// Requests on their way, by host and by tenant: neither may have all of them.
    var underWay: [String: Int] = [:]
    var underWayFor: [Identifier: Int] = [:]
    /// What came of rows, as long as it is not written.
    var unwritten: [Unwritten] = []
    var holds = LimitHolds()
    var disabled: Set<String> = []
    private var random: any RandomSource
    private var nextToken = 0
    private var nextClaim = Microseconds.min / 2
    var nextBacklogLook = Microseconds.min / 2
    var nextSweep = Microseconds.min / 2
    /// Names of old files in our directory: some may be of results that are kept no more.
    var oldFiles: [String] = []
    /// Nil until the first answer.
    private var isStoreThere: Bool?
    private var isStopping = false

    /// A note with what people are told once it is written, and only then.
    struct Unwritten {
        var note: DeliveryNote
        var told: [CourierEvent] = []
    }

    /// A parcel with what the loop keeps of it.
    struct Held {
        var parcel: Parcel
        /// When it was claimed, by our own clock; Postgres' time then is in the row.
        let claimedAt: Microseconds
        /// What it wants sent, while it waits for its host.
        var request: OutgoingRequest?
        var host = ""
        var since: Microseconds
    }

    public init(
        store: any DeliveryStore, sender: any DeliverySender, files: (any OrphanFiles)?, desk: ChannelDesk,
        clock: any LaneClock, observer: any CourierObserver, limits: CourierLimits = CourierLimits(),
        publicURL: String? = nil, random: any RandomSource = SystemRandom()
    ) {
        self.store = store
        self.sender = sender
        self.files = files
        self.desk = desk
        self.clock = clock
        self.observer = observer
        self.limits = limits
        self.publicURL = publicURL
        self.random = random
    }

    /// Nothing is claimed any more, and what was is noted.
    public var hasStopped: Bool { isStopping && parcels.isEmpty && unwritten.isEmpty }

    /// Claims nothing more; what is under way is waited for, what waits for its host is given back.
    public func stop() {
        isStopping = true
        for token in queue { giveBack(token, after: 0) }
        queue = []
    }

    /// One round: take in answers, note them, claim more, send; or sleep until something is due.
    public func step() {
        collect()
        sendWaiting()
        writeNotes()
        guard !isStopping else { return }
        guard desk.isReady else { return store.wait(limits.storeWait) }
        claimMore()
        lookAround()
        if parcels.isEmpty, unwritten.isEmpty { rest() }
    }

    // MARK: Claiming

    /// How much of what is claimed is each tenant's.
    private var inHand: [Identifier: Int] {
        parcels.values.reduce(into: [:]) { $0[$1.parcel.owed.tenantID, default: 0] += 1 }
    }

    private func claimMore() {
        let now = clock.monotonic
        makeRoom(now)
        let room = min(limits.batch - parcels.count, limits.ofOneTenant)
        // What is still to be noted is ours until it is: a claim that ran out meanwhile would bring it to us again.
        guard room > 0, parcels.isEmpty || now >= nextClaim, unwritten.isEmpty else { return }
        let busy = inHand.filter { $0.value >= limits.ofOneTenant }.map(\.key)
        let claimed = ask { () throws(StoreError) in
            try self.store.claim(room, butOf: busy, lasts: self.limits.claim)
        }
        guard let found = claimed else { return }
        // With work in hand there is no hurry to ask again for what is not there.
        nextClaim = found.count == room ? now : now + 20_000
        guard !found.isEmpty else { return }
        observer.noticed(.claimed(count: found.count, takenOver: found.count { $0.isTakenOver }))
        observer.passed(.claimed)
        take(found, now)
    }

    private func take(_ found: [OwedDelivery], _ claimedAt: Microseconds) {
        let runs = found.filter { $0.kind == .watch }.map(\.runID)
        let watched = runs.isEmpty ? [:] : ask { () throws(StoreError) in try self.store.watched(runs) }
        let parcels = found.map { Parcel($0, run: watched?[$0.runID], pickUp: pickUp($0), limits: limits) }
        // Of a store that goes away meanwhile nothing more can be asked: they are given back when it is there again.
        guard watched != nil, lookAtEndpoints(parcels) else {
            for parcel in parcels { unwritten.append(Unwritten(note: parcel.waiting(0))) }
            return
        }
        for var parcel in parcels {
            let actions = parcel.next(moment(parcel, claimedAt))
            nextToken += 1
            act(actions, Held(parcel: parcel, claimedAt: claimedAt, since: clock.monotonic), nextToken)
        }
    }

    /// Its hash is in the row before anybody is given it; nil: the store is away.
    func makeCode(for id: Int64) -> String? {
        let code = PickUpCode.make(random.bytes(8).reduce(0) { $0 << 8 | UInt64($1) })
        let noted: Void? = ask { () throws(StoreError) in try self.store.note(code: PickUpCode.hash(code), for: id) }
        return noted.map { code }
    }

    /// Which of the endpoints have said that they are gone.
    private func lookAtEndpoints(_ parcels: [Parcel]) -> Bool {
        let hashes = Set(parcels.flatMap(\.endpoints))
        guard !hashes.isEmpty else { return true }
        guard let gone = ask({ () throws(StoreError) in try self.store.disabled(Array(hashes)) }) else { return false }
        disabled = gone
        return true
    }

    private func pickUp(_ owed: OwedDelivery) -> PickUp {
        let id = DeliveryID.result(owed.runID, ending: owed.ending)
        return PickUp(
            chatCommand: "/retrieve_results workflow_id:\(owed.runID)", command: "flowfleet delivery redeem \(id)",
            link: publicURL.map { "\($0)/v1/results/\(id)/pick-up" })
    }

    /// Now, by Postgres' time, as far as we know it from the claim.
    func moment(_ parcel: Parcel, _ claimedAt: Microseconds) -> Parcel.Moment {
        Parcel.Moment(
            desk: desk, disabled: disabled, now: parcel.owed.claimedAt + max(clock.monotonic - claimedAt, 0))
    }

    /// Until the next row is due, but never longer than the poll interval.
    private func rest() {
        guard oldFiles.isEmpty, let next = ask({ () throws(StoreError) in try self.store.untilNextDue() }) else {
            return
        }
        store.wait(min(max(next ?? limits.poll, 0), limits.poll, max(nextSweep - clock.monotonic, 0)))
    }

    /// Asks the store; nil when it is away, after a short wait. What it refuses outright is trouble as well.
    func ask<Answer>(_ question: () throws(StoreError) -> Answer) -> Answer? {
        do throws(StoreError) {
            let answer = try question()
            if isStoreThere != true { observer.noticed(.storeBack) }
            isStoreThere = true
            return answer
        } catch {
            if isStoreThere != false { observer.noticed(.storeAway("\(error)")) }
            isStoreThere = false
            store.wait(limits.storeWait)
            return nil
        }
    }
}
