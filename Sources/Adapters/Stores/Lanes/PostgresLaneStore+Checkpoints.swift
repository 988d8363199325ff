import JSON
import Postgres
public import Workflow

/// Checkpoints: who owns a lane, and how far it has come.
extension PostgresLaneStore {
    public func installation() throws(StoreError) -> String {
        try query(SQL.installation).first?.string(0) ?? ""
    }

    public func take(_ lanes: [Int32], owner: String) throws(StoreError) -> [LaneCheckpoint] {
        let parameters: [PostgresParameter] = [.array(.lanes(lanes)), .string(owner)]
        do throws(StoreError) {
            return try query(SQL.take, parameters).compactMap(Self.checkpoint)
        } catch {
            // A former owner still holds the rows: its session is ended, and the lanes are taken at the next call.
            if case .unavailable(let words) = error, words.hasPrefix(PostgresError.lockNotAvailable) {
                _ = try query(SQL.endOwners, [.array(.lanes(lanes))])
                return try query(SQL.take, parameters).compactMap(Self.checkpoint)
            }
            throw error
        }
    }

    private static func checkpoint(_ row: PostgresRow) -> LaneCheckpoint? {
        guard let lane = row.int32(0), let position = row.slice(6).map({ LanePosition(reading: $0) }) else {
            return nil
        }
        let touched = (row.bytes(7) ?? []).split(separator: UInt8(ascii: "\n")).map { Identifier($0) }
        return LaneCheckpoint(
            lane: lane, epoch: row.int64(1) ?? 0, batch: row.int64(2) ?? 0, emitted: row.int64(3) ?? 0,
            takes: row.int32(4) ?? 0, trying: row.slice(5).flatMap { Trying(reading: $0) }, position: position,
            touched: touched, installation: row.string(8) ?? "", updatedAt: row.unixMicroseconds(9) ?? 0,
            takenAt: row.unixMicroseconds(10) ?? 0, lookedUntil: row.unixMicroseconds(11) ?? 0)
    }

    public func create(lane: Int32, at position: LanePosition, installation: String) throws(StoreError) {
        _ = try query(SQL.create, [.int4(lane), .jsonb(position.json), .string(installation)])
    }

    public func readBack(_ fences: [LaneFence]) throws(StoreError) -> ReadBack {
        let rows = try query(SQL.readBack, [.array(.lanes(fences.map(\.lane)))])
        var (isCommitted, now, ours): (Bool, Microseconds, Set<Int32>) = (true, 0, [])
        for row in rows {
            guard let fence = fences.first(where: { $0.lane == row.int32(0) }), row.string(1) == fence.owner,
                let batch = row.int64(2), batch == fence.batch || batch == fence.batch + 1
            else { continue }
            ours.insert(fence.lane)
            isCommitted = isCommitted && batch == fence.batch + 1
            now = row.unixMicroseconds(3) ?? now
        }
        let lost = Set(fences.map(\.lane)).subtracting(ours)
        guard lost.isEmpty else { return .lost(lost) }
        return isCommitted ? .committed(now) : .notCommitted
    }

    public func noteEmitted(_ lanes: [LaneFence], forgetTakes: Bool) throws(StoreError) {
        let (ids, owners, batches) = Self.tokens(lanes)
        let parameters: [PostgresParameter] = [.array(ids), .array(owners), .array(batches)]
        _ = try together([(SQL.noteEmitted, parameters + [.bool(forgetTakes)]), (SQL.dropOutbox, parameters)])
    }

    public func held(_ lanes: [LaneFence]) throws(StoreError) -> Set<Int32> {
        let (ids, owners, _) = Self.tokens(lanes)
        return Set(try query(SQL.held, [.array(ids), .array(owners)]).compactMap { $0.int32(0) })
    }

    private static func tokens(
        _ lanes: [LaneFence]
    ) -> (PostgresArrayBuilder, PostgresArrayBuilder, PostgresArrayBuilder) {
        let builders = (PostgresArrayBuilder(.int4), PostgresArrayBuilder(.text), PostgresArrayBuilder(.int8))
        for lane in lanes {
            builders.0.append(Int(lane.lane))
            builders.1.append(lane.owner)
            builders.2.append(Int(lane.batch))
        }
        return builders
    }

    public func noteTrying(_ trying: Trying, lane: Int32, owner: String) throws(StoreError) {
        let result = try query(SQL.noteTrying, [.int4(lane), .string(owner), .jsonb(trying.json)])
        if result.affected == 0 { throw .refused(.fenced) }
    }

    public func moveGap(_ gap: LaneGap, owner: String) throws(StoreError) {
        let topic = PostgresParameter.string("\(gap.topic.name)")
        _ = try query(
            SQL.moveGap,
            [.int4(gap.lane), .string(owner), topic, .int8(gap.expected), .int8(gap.continuedAt)])
    }
}

extension LanePosition {
    var json: Bytes {
        var writer = JSONWriter(reserving: 80)
        writer.beginObject()
        for topic in InputTopic.allCases { writer.member(topic.name, int: Int(self[topic])) }
        writer.endObject()
        return writer.bytes[...]
    }

    init(reading bytes: Bytes) {
        let value = JSONValue(trusted: bytes)
        self.init(flowRuns: 0, taskDone: 0, taskFailed: 0)
        for topic in InputTopic.allCases { self[topic] = Int64(value.member(topic.name)?.int ?? 0) }
    }
}

extension Trying {
    var json: Bytes {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("topic", string: topic.name)
        writer.member("offset", int: Int(offset))
        writer.member("tries", int: Int(tries))
        writer.endObject()
        return writer.bytes[...]
    }

    init?(reading bytes: Bytes) {
        let value = JSONValue(trusted: bytes)
        guard let name = value.member("topic")?.text, let offset = value.member("offset")?.int,
            let topic = InputTopic.allCases.first(where: { "\($0.name)".utf8.elementsEqual(name) })
        else { return nil }
        self.init(topic: topic, offset: Int64(offset), tries: Int32(clamping: value.member("tries")?.int ?? 0))
    }
}
