import Workflow

/// One attempt that takes a slot.
///
/// | mark | true from | to |
/// |---|---|---|
/// | `ending` | it was told to end, and why | its end |
/// | `isHoldOut` | word for its lane is on its way | that word is reported |
/// | `isSettled` | its lane knows that it is held: its offset is finished | its end |
struct RunningAttempt {
    let message: TaskMessage
    let origin: RecordOrigin
    /// Nil for a task whose handler is not known here.
    let handler: KnownHandler?
    let started: StepTime
    /// What a waiting handler will have to say; nil for one that runs elsewhere.
    let outcome: HandlerOutcome?
    let progress: HandlerProgress?
    let deadline: Int64
    /// When its outcome is due, its time is up, or its grace is over.
    var endAt: Int64
    /// When its lane is told, or told again, that it takes long.
    var holdAt: Int64
    var ending: Ending?
    var isHoldOut = false
    var isSettled = false
    /// What it is a part of; nil for a task that goes alone.
    var segment: RunningSegment?

    enum Ending { case timeout, cancelled, handedBack }

    var wake: Int64 { min(endAt, holdAt) }

    /// One that has its answer already, or never will have one.
    init(_ message: TaskMessage, _ origin: RecordOrigin, _ handler: KnownHandler?, _ now: StepTime) {
        self.init(message, origin, handler, now, deadline: .max, endAt: .max, holdAt: .max)
    }

    init(
        _ message: TaskMessage, _ origin: RecordOrigin, _ handler: KnownHandler?, _ started: StepTime,
        deadline: Int64, endAt: Int64, holdAt: Int64, outcome: HandlerOutcome? = nil, progress: HandlerProgress? = nil
    ) {
        self.message = message
        self.origin = origin
        self.handler = handler
        self.started = started
        self.deadline = deadline
        self.endAt = endAt
        self.holdAt = holdAt
        self.outcome = outcome
        self.progress = progress
    }
}

/// The slots. An id names one occupation of one slot, so that a completion that comes too late finds nothing.
struct RunningAttempts {
    private static let slotBits = 20
    private static let slotMask = (1 << slotBits) - 1
    private var slots: [(id: Int, attempt: RunningAttempt)?]
    /// When each slot wants to be looked at.
    private var wakes: [Int64]
    private var free: [Int]
    private var serial = 0
    /// The earliest of `wakes`, or earlier.
    private(set) var nextWake = Int64.max

    init(slots count: Int) {
        slots = Array(repeating: nil, count: count)
        wakes = Array(repeating: .max, count: count)
        free = Array((0..<count).reversed())
    }

    var count: Int { slots.count - free.count }
    var isFull: Bool { free.isEmpty }

    /// Must not be full.
    mutating func add(_ attempt: RunningAttempt) -> Int {
        guard let slot = free.popLast() else { return -1 }
        serial += 1
        let id = serial << Self.slotBits | slot
        slots[slot] = (id, attempt)
        wakes[slot] = attempt.wake
        nextWake = min(nextWake, attempt.wake)
        return id
    }

    subscript(_ id: Int) -> RunningAttempt? {
        let slot = id & Self.slotMask
        guard slots.indices.contains(slot), let entry = slots[slot], entry.id == id else { return nil }
        return entry.attempt
    }

    mutating func remove(_ id: Int) -> RunningAttempt? {
        guard let attempt = self[id] else { return nil }
        let slot = id & Self.slotMask
        slots[slot] = nil
        wakes[slot] = .max
        free.append(slot)
        return attempt
    }

    /// Changes an attempt, and when to look at it again.
    mutating func update(_ id: Int, _ change: (inout RunningAttempt) -> Void) {
        guard var attempt = self[id] else { return }
        change(&attempt)
        let slot = id & Self.slotMask
        slots[slot] = (id, attempt)
        wakes[slot] = attempt.wake
        nextWake = min(nextWake, attempt.wake)
    }

    /// The attempts whose moment has come.
    mutating func due(at now: Int64) -> [Int] {
        guard now >= nextWake else { return [] }
        var due: [Int] = []
        nextWake = .max
        for slot in wakes.indices {
            if wakes[slot] <= now, let entry = slots[slot] { due.append(entry.id) }
            nextWake = min(nextWake, wakes[slot])
        }
        return due
    }

    var ids: [Int] { slots.compactMap { $0?.id } }
    var attempts: [RunningAttempt] { slots.compactMap { $0?.attempt } }
}
