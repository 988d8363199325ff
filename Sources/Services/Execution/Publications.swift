import JSON
import Workflow

/// A result, or word of holding, between being made and being in the log. Its bytes are kept until it is reported, so
/// that it can go again.
struct Publication {
    /// What is done with once it is in the log.
    enum Settling {
        case nothing
        /// Its record: the offset is finished.
        case record
        /// Its record, if it is the last of its segment.
        case segment
        /// The record of an attempt that goes on.
        case hold(Int)
    }

    let result: ResultRecord
    let origin: RecordOrigin
    let settles: Settling
    /// The line it stands in: it counts as arrived once those before it have.
    var segment: RunningSegment?
}

/// The record a result answers.
struct RecordOrigin {
    let assignment: AssignmentID
    let partition: TaskPartition
    let offset: Int64
    let traceparent: [UInt8]?
    /// Named before it was started.
    var isSuspect = false
}

/// All results that are not reported yet. A token is a place in the list and a number that never comes again, so that a
/// report that comes twice does not count for the next one in the same place.
struct Publications {
    private static let placeBits = 24
    private static let placeMask = (1 << placeBits) - 1
    private var serial = 0
    private var places: [Publication?] = []
    private var free: [Int] = []
    /// Tokens that have to be offered to the log, in order.
    private var outbox: [Int] = []
    private var head = 0
    private(set) var bytes = 0

    var count: Int { places.count - free.count }
    var hasUnsent: Bool { head < outbox.count }

    mutating func add(
        _ topic: ResultRecord.Topic, lane: Int32?, key: Bytes, value: [UInt8], of origin: RecordOrigin,
        settles: Publication.Settling, in segment: RunningSegment? = nil
    ) {
        let place = free.popLast() ?? places.count
        serial += 1
        let token = serial << Self.placeBits | place
        let result = ResultRecord(
            topic: topic, lane: lane, key: key, value: value, traceparent: origin.traceparent, token: token)
        let publication = Publication(result: result, origin: origin, settles: settles, segment: segment)
        segment?.line.append(token)
        if place == places.count { places.append(publication) } else { places[place] = publication }
        bytes += value.count
        outbox.append(token)
    }

    /// Appends the results that are to be offered next. Tokens that were delivered after all are taken out of the line.
    mutating func unsent(into results: inout [ResultRecord], limit: Int) {
        var hasStale = false
        for token in outbox[head...].prefix(limit) {
            if let publication = self[token] { results.append(publication.result) } else { hasStale = true }
        }
        guard hasStale else { return }
        outbox = outbox[head...].filter { self[$0] != nil }
        head = 0
    }

    mutating func sent(_ count: Int) {
        head += count
        if head == outbox.count {
            outbox.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 4_096 {
            outbox.removeFirst(head)
            head = 0
        }
    }

    /// Takes a result out that is in the log. Nil for a token nobody waits for: a report that came twice.
    mutating func delivered(_ token: Int) -> Publication? {
        guard let publication = self[token] else { return nil }
        places[token & Self.placeMask] = nil
        free.append(token & Self.placeMask)
        bytes -= publication.result.value.count
        return publication
    }

    /// Notes that a result of a segment is in the log. Those that count as arrived with that, in order.
    mutating func arrived(_ token: Int, in segment: RunningSegment) -> [Publication] {
        segment.arrived.insert(token)
        var ready: [Publication] = []
        while let first = segment.line.first, segment.arrived.remove(first) != nil {
            segment.line.removeFirst()
            if let publication = delivered(first) { ready.append(publication) }
        }
        return ready
    }

    /// One did not arrive, and those behind it may have: it goes again with all of them, so that the lane reads them
    /// in order. Under new tokens, since what is reported of the old ones says nothing any more.
    mutating func repeatLine(of segment: RunningSegment, from token: Int) {
        guard let place = segment.line.firstIndex(of: token) else { return }
        let again = segment.line[place...].compactMap { delivered($0) }
        segment.arrived.subtract(segment.line[place...])
        segment.line.removeSubrange(place...)
        for publication in again {
            let result = publication.result
            add(
                result.topic, lane: result.lane, key: result.key, value: result.value, of: publication.origin,
                settles: publication.settles, in: segment)
        }
    }

    /// Puts a result that did not arrive back into the line.
    mutating func undelivered(_ token: Int) -> Bool {
        guard self[token] != nil else { return false }
        outbox.append(token)
        return true
    }

    subscript(_ token: Int) -> Publication? {
        let place = token & Self.placeMask
        guard places.indices.contains(place), let publication = places[place], publication.result.token == token else {
            return nil
        }
        return publication
    }
}
