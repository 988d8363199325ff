import Workflow

/// One attempt that takes a slot.
struct RunningAttempt {
    let message: TaskMessage
    let origin: RecordOrigin
    /// Nil for a task whose handler is not known here.
    let handler: KnownHandler?
    let started: StepTime
    /// What a waiting handler will have to say; nil for one that runs elsewhere.
    let outcome: HandlerOutcome?
    let deadline: Int64
    /// Why it was told to end, once it was.
    var ending: Ending?

    enum Ending { case timeout, cancelled }
}

/// The slots. An id names one occupation of one slot, so that a completion that comes too late finds nothing.
struct RunningAttempts {
    private static let slotBits = 20
    private static let slotMask = (1 << slotBits) - 1
    private var slots: [(id: Int, attempt: RunningAttempt)?]
    /// When each slot wants to be looked at: its outcome is due, its time is up.
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

    /// The id the next `add` will give. Must not be full.
    var nextID: Int { (serial + 1) << Self.slotBits | (free.last ?? 0) }

    mutating func add(_ attempt: RunningAttempt, wake: Int64) -> Int {
        let id = nextID
        guard let slot = free.popLast() else { return id }
        serial += 1
        slots[slot] = (id, attempt)
        wakes[slot] = wake
        nextWake = min(nextWake, wake)
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

    /// Notes why an attempt was told to end, and when to look again.
    mutating func end(_ id: Int, _ ending: RunningAttempt.Ending, wake: Int64) {
        let slot = id & Self.slotMask
        guard self[id] != nil else { return }
        slots[slot]?.attempt.ending = ending
        wakes[slot] = wake
        nextWake = min(nextWake, wake)
    }

    /// The attempts whose moment has come.
    mutating func due(at now: Int64) -> [Int] {
        guard now >= nextWake else { return [] }
        var due: [Int] = []
        nextWake = .max
        for slot in wakes.indices {
            if wakes[slot] <= now, let entry = slots[slot] {
                due.append(entry.id)
            } else {
                nextWake = min(nextWake, wakes[slot])
            }
        }
        return due
    }

    var ids: [Int] { slots.compactMap { $0?.id } }
}
