/// One turn's transaction, the product's own statements over raw libpq: the fence with the positions of all lanes, then
/// runs, tasks and endings by `unnest`.
final class FloorRows {
    private let link: PostgresLink
    private let lanes = 4
    private var batch = 0
    private let fence: [ArrayColumn]
    private let runs: [ArrayColumn]
    private let tasks: [ArrayColumn]
    private let endings: [ArrayColumn]
    private var touched: [[UInt8]]
    /// The highest offset of each lane and input topic.
    private var positions: [[Int]]
    private static let flowHash = Array(
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".utf8)
    private static let session = Array("8b1f6a52-5d3c-8e47-9f10-3c2b1a09d8e7".utf8)
    private static let owner = Array("floor-owner-token-of-the-usual-length".utf8)

    init(_ address: String) throws {
        link = try PostgresLink(address)
        (fence, runs) = (FloorSQL.fence.map(ArrayColumn.init), FloorSQL.runs.map(ArrayColumn.init))
        (tasks, endings) = (FloorSQL.tasks.map(ArrayColumn.init), FloorSQL.endings.map(ArrayColumn.init))
        touched = Array(repeating: [], count: lanes)
        positions = Array(repeating: [0, 0, 0], count: lanes)
        for setting in FloorSQL.session { try link.query(setting) }
        for lane in 0..<lanes {
            try link.query(
                """
                INSERT INTO lane_checkpoint (lane, epoch, owner, backend, batch, emitted, takes, offsets, installation)
                VALUES (\(lane), 1, '\(String(decoding: Self.owner, as: UTF8.self))', pg_backend_pid(), 0, 0, 0, '{}',
                    (SELECT id FROM installation))
                """)
        }
        for (name, sql) in FloorSQL.statements { try link.prepare(name, sql) }
        try link.enterPipeline()
    }

    func note(lane: Int32, topic: Int, offset: Int64) { positions[Int(lane)][topic] = Int(offset) + 1 }

    private func touch(_ run: UnsafeRawBufferPointer, lane: Int32) {
        if !touched[Int(lane)].isEmpty { touched[Int(lane)].append(10) }
        touched[Int(lane)].append(contentsOf: run)
    }

    func addRun(
        _ run: UnsafeRawBufferPointer, flow: [UInt8], input: UnsafeRawBufferPointer, lane: Int32, at time: Int64,
        _ text: inout FloorText
    ) {
        let c = runs
        c[0].add(run)
        c[1].add(flow)
        c[2].add("default")
        c[3].add("anonymous")
        c[4].add(run)
        c[5].add(Self.session)
        c[6].add(input)
        c[7].add("{}")
        c[8].addNull()
        c[9].add(1)
        text.clear()
        text.put("{\"definition_sha256\":\"")
        text.put(Self.flowHash)
        text.put("\",\"initial_state\":{\"input\":")
        text.put(input)
        text.put(",\"execution_context\":{}}}")
        c[10].add(text.bytes)
        c[11].add(Int(lane))
        c[12].add(batch + 1)
        c[13].add(unixMicroseconds: time)
        c[14].add(run)
        c[15].add("running")
        c[16].addNull()
        c[17].addNull()
        c[18].add(false)
        c[19].add(unixMicroseconds: time)
        c[20].addNull()
        c[21].add(unixMicroseconds: time + 300_000_000)
        c[22].addNull()
        touch(run, lane: lane)
    }

    func addTask(
        _ task: UnsafeRawBufferPointer, number: Int, of run: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer,
        worker: UnsafeRawBufferPointer, next: UnsafeRawBufferPointer, lane: Int32, at time: Int64
    ) {
        let c = tasks
        c[0].add(run)
        c[1].add(task)
        c[2].add("echo")
        c[3].add("succeeded")
        c[4].add(1)
        c[5].add(payload)
        c[6].add(payload)
        c[7].addNull()
        c[8].addNull()
        c[9].add(0)
        c[10].add(unixMicroseconds: time)
        c[11].add(unixMicroseconds: time)
        c[12].add(unixMicroseconds: time)
        c[13].add(batch + 1)
        c[14].add(worker)
        c[15].add(unixMicroseconds: time)
        c[16].add(number)
        c[17].addNull()
        c[18].addNull()
        c[19].add(0)
        c[20].addNull()
        if next.isEmpty { c[21].addNull() } else { c[21].add(next) }
        touch(run, lane: lane)
    }

    /// The run's output names its last task.
    func addEnding(
        _ run: UnsafeRawBufferPointer, last task: UnsafeRawBufferPointer, output: UnsafeRawBufferPointer,
        at time: Int64, _ text: inout FloorText
    ) {
        let c = endings
        c[0].add(run)
        c[1].add("completed")
        text.clear()
        text.put("{\"")
        text.put(task)
        text.put("\":")
        text.put(output)
        text.put("}")
        c[2].add(text.bytes)
        c[3].addNull()
        c[4].add(false)
        c[5].add(unixMicroseconds: time)
        c[6].add(unixMicroseconds: time)
        c[7].addNull()
        c[8].add("{\"endings\":1,\"end_batch\":1234}")
        c[9].addNull()
    }

    /// Moves the checkpoints, writes what was added, and waits for the commit.
    func commit() throws {
        for lane in 0..<lanes {
            fence[0].add(lane)
            fence[1].add(Self.owner)
            fence[2].add(batch)
            let place = positions[lane]
            fence[3].add(
                Array("{\"flow_runs\":\(place[0]),\"task_done\":\(place[1]),\"task_failed\":\(place[2])}".utf8))
            fence[4].add(batch)
            fence[5].add(touched[lane])
            touched[lane].removeAll(keepingCapacity: true)
        }
        try link.add("fence", fence)
        if !runs[0].isEmpty { try link.add("runs", runs) }
        if !tasks[0].isEmpty { try link.add("tasks", tasks) }
        if !endings[0].isEmpty { try link.add("endings", endings) }
        try link.commit()
        batch += 1
        for column in fence + runs + tasks + endings { column.clear() }
    }
}
