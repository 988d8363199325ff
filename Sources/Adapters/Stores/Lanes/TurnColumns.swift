import JSON
import Postgres
import Workflow

/// The facts of a turn as columns, one array a column, kept from turn to turn so that a row costs no allocation.
struct TurnColumns {
    private static let runElements: [PostgresType] = [
        .text, .text, .text, .text, .text, .text, .jsonb,
        .jsonb, .jsonb, .int4, .jsonb, .int4, .int8,
        .timestamptz, .text, .text, .jsonb, .text, .bool,
        .timestamptz, .timestamptz, .timestamptz, .jsonb,
    ]
    private static let taskElements: [PostgresType] = [
        .text, .text, .text, .text, .int4, .jsonb, .jsonb,
        .text, .text, .int8, .timestamptz, .timestamptz, .timestamptz,
        .int8, .text, .timestamptz, .int4, .timestamptz,
        .timestamptz, .int4, .timestamptz, .text,
    ]
    private static let stateElements: [PostgresType] = [
        .text, .text, .jsonb, .text, .bool, .timestamptz, .timestamptz, .timestamptz, .jsonb, .text,
    ]
    static let runTypes = runElements.map { PostgresType.array($0) }
    static let taskTypes = taskElements.map { PostgresType.array($0) }

    private let runs = ColumnSet(runElements)
    private let newTasks = ColumnSet(taskElements)
    private let changedTasks = ColumnSet(taskElements)
    private let states = ColumnSet(stateElements)
    private let fences = ColumnSet([.int4, .text, .int8, .jsonb, .int8, .text])
    private var touched: [UInt8] = []

    mutating func addFences(_ rows: [LaneFence]) -> [PostgresParameter] {
        fences.clear()
        let c = fences.builders
        for fence in rows {
            c[0].append(Int(fence.lane))
            c[1].append(fence.owner)
            c[2].append(Int(fence.batch))
            c[3].append(fence.position.json)
            c[4].append(Int(fence.emitted))
            touched.removeAll(keepingCapacity: true)
            for id in fence.touched {
                if !touched.isEmpty { touched.append(UInt8(ascii: "\n")) }
                touched.append(contentsOf: id.bytes)
            }
            c[5].append(touched)
        }
        return fences.parameters
    }

    func addStates(
        _ rows: [(runID: Identifier, correlationID: Identifier, createdAt: Microseconds, state: RunStateRow)]
    ) -> [PostgresParameter] {
        states.clear()
        let c = states.builders
        for (id, _, _, state) in rows {
            c[0].append(id.bytes)
            c[1].append(state.status.rawValue)
            c[2].append(state.output)
            c[3].append(state.error)
            c[4].append(state.degraded)
            c[5].append(unixMicroseconds: state.updatedAt)
            c[6].append(unixMicroseconds: state.completedAt)
            c[7].append(unixMicroseconds: state.nextCheckAt)
            c[8].append(state.control.json)
            c[9].append(state.liveKey?.bytes)
        }
        return states.parameters
    }

    func addRuns(_ rows: [RunRow]) -> [PostgresParameter] {
        runs.clear()
        for row in rows { add(row) }
        return runs.parameters
    }

    private func add(_ row: RunRow) {
        let c = runs.builders
        c[0].append(row.runID.bytes)
        c[1].append(row.flowID.bytes)
        c[2].append(row.tenantID.bytes)
        c[3].append(row.userID.bytes)
        c[4].append(row.correlationID.bytes)
        c[5].append(row.sessionID.bytes)
        c[6].append(row.input)
        c[7].append(row.context)
        c[8].append(row.labels)
        c[9].append(row.flowVersion.map { Int($0) })
        c[10].append(row.snapshot)
        c[11].append(Int(row.lane))
        c[12].append(Int(row.batch))
        c[13].append(unixMicroseconds: row.createdAt)
        c[14].append(row.runID.bytes)
        c[15].append(row.state.status.rawValue)
        c[16].append(row.state.output)
        c[17].append(row.state.error)
        c[18].append(row.state.degraded)
        c[19].append(unixMicroseconds: row.state.updatedAt)
        c[20].append(unixMicroseconds: row.state.completedAt)
        c[21].append(unixMicroseconds: row.state.nextCheckAt)
        c[22].append(row.state.control.json)
    }

    /// Rows of tasks that had none before, and of those that had.
    func addTasks(_ rows: [TaskRow]) -> (new: [PostgresParameter]?, changed: [PostgresParameter]?) {
        newTasks.clear()
        changedTasks.clear()
        for place in rows.indices {
            add(rows, place, to: rows[place].isNew ? newTasks.builders : changedTasks.builders)
        }
        return (
            newTasks.builders[0].count > 0 ? newTasks.parameters : nil,
            changedTasks.builders[0].count > 0 ? changedTasks.parameters : nil
        )
    }

    /// By place: a row is large, and a copy of it would cost more than what is read.
    private func add(_ rows: [TaskRow], _ place: Int, to c: [PostgresArrayBuilder]) {
        c[0].append(rows[place].runID.bytes)
        c[1].append(rows[place].taskID.bytes)
        c[2].append(rows[place].handler.bytes)
        c[3].append(rows[place].status.rawValue)
        c[4].append(Int(rows[place].attempts))
        c[5].append(rows[place].input)
        c[6].append(rows[place].output)
        c[7].append(rows[place].error)
        c[8].append(rows[place].errorClass?.rawValue)
        c[9].append(rows[place].executionTimeMs.map { Int($0) })
        c[10].append(unixMicroseconds: rows[place].createdAt)
        c[11].append(unixMicroseconds: rows[place].updatedAt)
        c[12].append(unixMicroseconds: rows[place].completedAt)
        c[13].append(Int(rows[place].batch))
        c[14].append(rows[place].workerID)
        c[15].append(unixMicroseconds: rows[place].startedAt)
        c[16].append(Int(rows[place].stageOrder))
        c[17].append(unixMicroseconds: rows[place].nextRetryAt)
        c[18].append(unixMicroseconds: rows[place].heldUntil)
        c[19].append(Int(rows[place].attemptBase))
        c[20].append(unixMicroseconds: rows[place].heldSince)
        c[21].append(rows[place].next)
    }
}

/// One array builder a column.
final class ColumnSet {
    let builders: [PostgresArrayBuilder]

    init(_ elements: [PostgresType]) { builders = elements.map { PostgresArrayBuilder($0) } }

    func clear() { for builder in builders { builder.clear() } }
    var parameters: [PostgresParameter] { builders.map { .array($0) } }
}

extension RunRow {
    /// `config_snapshot`: the whole initial state and the definition that ran.
    var snapshot: Bytes {
        var writer = JSONWriter(reserving: input.count + context.count + 200)
        writer.beginObject()
        if !definitionSHA256.isEmpty { writer.member("definition_sha256", string: definitionSHA256) }
        writer.key("initial_state")
        writer.beginObject()
        writer.member("input", raw: input)
        writer.member("execution_context", raw: context)
        writer.endObject()
        writer.memberIfPresent("delivery", raw: delivery)
        writer.memberIfPresent("overrides", raw: lineage?.changes)
        writer.endObject()
        return writer.bytes[...]
    }
}

extension RunControl {
    var json: Bytes? {
        guard !isEmpty else { return nil }
        var writer = JSONWriter(reserving: 64)
        write(to: &writer)
        return writer.bytes[...]
    }
}
