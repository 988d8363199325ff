/// Which offsets of one partition are finished, and from where the next owner has to go on.
///
/// Two bits an offset over a window of 1,000 above the lowest unfinished one. Pure: no log, no clock.
/// - An offset counts as finished only when `finish` was called for it, or when the log has no record there.
/// - `base` never passes an offset that is not finished, nor one that was not received.
/// - Only offsets below `limit` may be started, so that the window always holds all that runs.
package struct OffsetLedger: Equatable, Sendable {
    package static let window = 1_000

    /// What is known of one offset. Unfinished ones carry how often they were named before a start.
    package enum Mark: UInt64, Sendable {
        case unfinished = 0
        case namedOnce = 1
        case namedTwice = 2
        case finished = 3
    }

    /// What a received record is to its ledger.
    enum Arrival: Equatable, Sendable {
        case fresh
        /// A former owner finished it, or it was received before: it must not run again.
        case finished
        /// It lies below everything known: the log was cut or made anew. The ledger starts again there.
        case restarted
    }

    /// The lowest offset that is not finished: what is committed.
    package private(set) var base: Int64
    /// One past the highest offset received.
    private(set) var received: Int64
    /// The window as a ring: offset modulo 1,024.
    private var words = [UInt64](repeating: 0, count: 32)
    private static let ring: Int64 = 1_024

    init(base: Int64) {
        self.base = base
        received = base
    }

    /// One past the highest offset that may be started.
    var limit: Int64 { base + Int64(Self.window) }

    /// Nothing received is unfinished.
    var isSettled: Bool { base == received }

    package subscript(offset: Int64) -> Mark {
        get {
            guard offset >= base else { return .finished }
            guard offset < limit else { return .unfinished }
            let place = Self.place(offset)
            return Mark(rawValue: (words[place.word] >> place.shift) & 3) ?? .unfinished
        }
        set {
            guard offset >= base, offset < limit else { return }
            let place = Self.place(offset)
            words[place.word] = words[place.word] & ~(3 << place.shift) | newValue.rawValue << place.shift
        }
    }

    /// Whether a record may be received now. One beyond the window has to wait, unless nothing is unfinished:
    /// then all between was taken out of the log.
    func admits(_ offset: Int64) -> Bool { offset < limit || isSettled }

    /// Notes a record that came from the log and is admitted. Offsets that were passed over hold no record: they are
    /// finished.
    mutating func receive(_ offset: Int64) -> Arrival {
        if offset < base || offset >= limit {
            let arrival: Arrival = offset < base ? .restarted : .fresh
            self = OffsetLedger(base: offset)
            received = offset + 1
            return arrival
        }
        guard offset >= received else { return .finished }
        for hole in received..<offset { self[hole] = .finished }
        let known = self[offset]
        received = offset + 1
        advance()
        return known == .finished ? .finished : .fresh
    }

    /// Notes that an offset is done with: its result is in the log.
    mutating func finish(_ offset: Int64) {
        guard offset < received else { return }
        self[offset] = .finished
        advance()
    }

    /// Counts one more start of an unfinished offset, before it happens.
    mutating func name(_ offset: Int64) {
        switch self[offset] {
        case .unfinished: self[offset] = .namedOnce
        case .namedOnce: self[offset] = .namedTwice
        case .namedTwice, .finished: break
        }
    }

    /// Takes the last `name` back: the start did not happen.
    mutating func unname(_ offset: Int64) {
        switch self[offset] {
        case .namedOnce: self[offset] = .unfinished
        case .namedTwice: self[offset] = .namedOnce
        case .unfinished, .finished: break
        }
    }

    /// Some unfinished offset was named.
    var hasNamed: Bool { words.contains { ($0 ^ $0 >> 1) & 0x5555_5555_5555_5555 != 0 } }

    /// Moves `base` over what is finished and received, and clears what falls out of the window.
    private mutating func advance() {
        while base < received {
            let place = Self.place(base)
            guard (words[place.word] >> place.shift) & 3 == Mark.finished.rawValue else { return }
            words[place.word] &= ~(3 << place.shift)
            base += 1
        }
    }

    private static func place(_ offset: Int64) -> (word: Int, shift: UInt64) {
        let slot = Int(offset & (ring - 1))
        return (slot >> 5, UInt64(slot & 31) << 1)
    }
}
