import JSON
import Workflow

/// What producers, people and chance put on the input topics.
final class Traffic {
    struct Request {
        var runID: String
        var flow: SimFlow
        var value: Bytes
        /// Valid: a flow that exists, an input that can be stored.
        var isSound: Bool
        /// The run it starts from a stage of.
        var parent: String?
    }

    struct Killer {
        var topic: InputTopic
        var lane: Int32
        var offset: Int64
        var place: String
    }

    private unowned let world: SimWorld
    private(set) var flows: [SimFlow] = []
    /// Stage retries among them.
    private(set) var requests: [Request] = []
    private var runs = 0
    /// Runs whose course somebody or something changed: their ending is not the script's.
    var disturbed: Set<String> = []
    /// Undecodable records by the message id of their dead letter.
    private(set) var garbage: Set<String> = []
    /// Positions of records that end their reader.
    private(set) var killers: [Killer] = []
    private var commands = 0
    /// What was asked of runs so far, for asking it again.
    private var asked: [Bytes] = []

    init(_ world: SimWorld) {
        self.world = world
        for index in 0..<2 { flows.append(SimFlow("flow\(index)", &world.dice)) }
        for flow in flows { register(flow) }
    }

    private func register(_ flow: SimFlow) {
        let sha256 = SHA256.hex(Array(flow.definition))
        world.store.tables.definitions[sha256] = flow.definition
        for version in [nil, 1] as [Int32?] {
            world.store.tables.versions[FlowVersionKey(flowID: Identifier(flow.id), version: version)] =
                FlowVersionRow(version: 1, sha256: sha256)
        }
    }

    var isDone: Bool { runs >= world.plan.runs }

    func step() {
        let plan = world.plan
        if !isDone, world.dice.chance(350) { return ask() }
        if plan.hasStageRetries, world.dice.chance(250) { return retryStage() }
        switch world.dice.below(10) {
        case 0, 1, 2: if plan.hasCopies { copyRequest() }
        case 3, 4: if plan.hasCopies { copyResult() }
        case 5: if plan.hasGarbage { addGarbage() }
        case 6, 7: if plan.hasCommands { command() }
        case 8: if plan.hasCopies { strangeResult() }
        default: if plan.hasKiller, killers.isEmpty { addKiller() }
        }
    }

    /// Whatever was not asked for yet.
    func finish() {
        while !isDone { ask() }
    }

    private func ask() {
        let runID = "r\(runs)"
        let flow = world.dice.pick(flows)
        var (isSound, flowID, input) = (true, flow.id, "{\"n\":1.0e1,\"text\":\"\\u00e4\",\"n\":\(runs)}")
        runs += 1
        if world.dice.chance(50) { (isSound, flowID) = (false, "nobody") }
        if world.plan.hasPoison, world.dice.chance(200) {
            (isSound, input) = (false, "{\"x\":\"\(String(decoding: Tables.poison, as: UTF8.self))\"}")
        }
        let definition = flow.isInline && flowID == flow.id ? ",\"flow_definition\":\(flow.definition.asText)" : ""
        let isLimited = world.dice.chance(60)
        if isLimited { disturbed.insert(runID) }
        let limit = isLimited ? ",\"timeout\":\(world.dice.from(1...20))" : ""
        // Every third run is to be delivered, without another draw.
        let delivery = runs % 3 == 0 ? ",\"delivery\":[{\"channel\":\"inbox\",\"progress\":5},{}]" : ""
        let value = Bytes(
            "{\"event_type\":\"flow_run_requested\",\"run_id\":\"\(runID)\",\"flow_id\":\"\(flowID)\","
                + "\"input\":\(input)\(limit)\(definition)\(delivery)}")
        let request = Request(runID: runID, flow: flow, value: value, isSound: isSound)
        requests.append(request)
        world.note("request \(runID) of \(flowID)\(isSound ? "" : " (unsound)")")
        put(world.log.flowRuns, value)
        if world.dice.chance(200) { put(world.log.flowRuns, value) }
    }

    /// A new run from some stage of one that may have ended, or not, or never been.
    private func retryStage() {
        guard !requests.isEmpty, requests.count < 12 else { return }
        let failed = requests.filter { world.store.tables.runs[Identifier($0.runID)]?.state.status == .failed }
        let parent = !failed.isEmpty && world.dice.chance(850) ? world.dice.pick(failed) : world.dice.pick(requests)
        let runID = "s\(requests.count)"
        let rows = world.store.tables.tasks[Identifier(parent.runID)] ?? [:]
        let broken = rows.values.filter { $0.status == .failed }.map(\.taskID.description).sorted()
        let isBroken = !broken.isEmpty && world.dice.chance(850)
        let stage = isBroken ? world.dice.pick(broken) : world.dice.pick(parent.flow.tasks).id
        if world.plan.hasCommands, world.dice.chance(400) { redrive(parent.runID) }
        disturbed.insert(runID)
        let queue = world.dice.chance(300) ? ",\"queue\":true" : ""
        let other = parent.flow.tasks[0].id
        let override = world.dice.chance(100) ? ",\"output_overrides\":{\"\(other)\":{\"task\":1.0}}" : ""
        let value = Bytes(
            "{\"event_type\":\"flow_run_requested\",\"run_id\":\"\(runID)\",\"flow_id\":\"\(parent.flow.id)\","
                + "\"parent_run_id\":\"\(parent.runID)\",\"retry_from_stage\":\"\(stage)\","
                + "\"request_id\":\"q-\(runID)\"\(queue)\(override)}")
        requests.append(
            Request(runID: runID, flow: parent.flow, value: value, isSound: true, parent: parent.runID))
        world.count("stage retry asked for")
        world.note("retry \(parent.runID) from \(stage) as \(runID)")
        put(world.log.flowRuns, value)
        if world.dice.chance(200) { put(world.log.flowRuns, value) }
        if world.dice.chance(300) { retryStage() }
    }

    /// Beside a stage retry: only one of the two may come true at a time.
    func redrive(_ runID: String, on lane: Int? = nil) {
        disturbed.insert(runID)
        commands += 1
        let value = Bytes(
            "{\"event_type\":\"task_retry_requested\",\"run_id\":\"\(runID)\",\"request_id\":\"q\(commands)\"}")
        asked.append(value)
        put(world.log.flowRuns, value, on: lane)
    }

    @discardableResult
    private func put(_ topic: SimTopic, _ value: Bytes, isCopy: Bool = false, on lane: Int? = nil) -> String {
        let lane = lane ?? world.dice.below(world.plan.lanes)
        let offset = world.log.append(topic, lane, SimRecord(value: value, time: world.now, isCopy: isCopy))
        return "\(topic.name)/\(lane)/\(offset)"
    }

    private func copyRequest() {
        guard !requests.isEmpty else { return }
        world.count("request repeated")
        put(world.log.flowRuns, world.dice.pick(requests).value, isCopy: true)
    }

    /// An old result again: late, reordered, or on a lane it does not belong to.
    private func copyResult() {
        let topic = world.dice.chance(500) ? world.log.taskDone : world.log.taskFailed
        let partition = world.dice.below(world.plan.lanes)
        guard let record = topic.partitions[partition].records.last(where: { !$0.isCopy }), let value = record.value
        else { return }
        world.count("result repeated")
        put(topic, value, isCopy: true, on: world.dice.chance(600) ? partition : nil)
    }

    private func addGarbage() {
        let topic = world.dice.pick([world.log.flowRuns, world.log.taskDone, world.log.taskFailed])
        let texts = ["{", "[]", "\"x\"", "{\"run_id\":5}", "{\"event_type\":\"nonsense\",\"run_id\":\"r0\"}", "\u{1}"]
        world.count("garbage")
        garbage.insert(
            "dl/" + put(topic, Bytes(world.dice.pick(texts)), isCopy: true, on: world.dice.below(world.plan.lanes)))
    }

    private func addKiller() {
        let (topic, lane) = (world.dice.pick(InputTopic.allCases), world.dice.below(world.plan.lanes))
        let event =
            topic == .flowRuns ? "\"event_type\":\"flow_run_cancel_requested\",\"request_id\":\"k\"" : "\"error\":\"e\""
        let value = Bytes("{\"kills\":\"its reader\",\(event),\"run_id\":\"none\",\"task_id\":\"none\"}")
        let partition = world.log.topic(topic).partitions[lane]
        let place = put(world.log.topic(topic), value, isCopy: true, on: lane)
        killers.append(Killer(topic: topic, lane: Int32(lane), offset: partition.end - 1, place: place))
        garbage.insert("dl/" + place)
        world.note("killer at \(place)")
    }

    private func command() {
        if world.plan.repeatsCommands, !asked.isEmpty, world.dice.chance(400) {
            world.count("command repeated late")
            put(world.log.flowRuns, world.dice.pick(asked), isCopy: true)
            return
        }
        // Sometimes for a run that does not exist yet, or never will.
        let number = world.dice.below(min(runs + 2, world.plan.runs + 1))
        let children = requests.filter { $0.parent != nil }
        let isChild = !children.isEmpty && world.dice.chance(300)
        let runID = isChild ? world.dice.pick(children).runID : "r\(number)"
        // Whoever goes on in a cancelled run needs runs that are cancelled while they run.
        let usual = ["cancel", "pause", "pause", "resume", "resume", "retry", "retry"]
        let action = world.dice.pick(world.mutant == .segmentFollowsCancel ? ["cancel"] : usual)
        if action == "cancel" || action == "retry" { disturbed.insert(runID) }
        commands += 1
        let type = action == "retry" ? "task_retry_requested" : "flow_run_\(action)_requested"
        let tasks = action == "retry" && world.dice.chance(300) ? ",\"task_ids\":[\"t\(world.dice.below(3))\"]" : ""
        let value = Bytes(
            "{\"event_type\":\"\(type)\",\"run_id\":\"\(runID)\",\"request_id\":\"q\(commands)\"\(tasks)}")
        asked.append(value)
        world.count("command: \(action)")
        world.note("\(action) \(runID)")
        let lane = world.dice.below(world.plan.lanes)
        put(world.log.flowRuns, value, on: lane)
        if world.dice.chance(200) { put(world.log.flowRuns, value, isCopy: true) }
    }

    /// Everything that is paused goes on: the last act before the end.
    func resumeAll() {
        for run in world.store.tables.runs.values where run.state.status == .paused {
            commands += 1
            put(
                world.log.flowRuns,
                Bytes(
                    "{\"event_type\":\"flow_run_resume_requested\",\"run_id\":\"\(run.runID)\","
                        + "\"request_id\":\"q\(commands)\"}"))
        }
    }

    /// A result that belongs to nothing: unknown run or task, an attempt that does not exist.
    private func strangeResult() {
        let run = world.dice.chance(300) ? "stranger" : "r\(world.dice.below(world.plan.runs))"
        let task = world.dice.chance(300) ? "nothing" : "t0"
        let attempt = run == "stranger" || task == "nothing" ? 0 : 77
        let value =
            world.dice.chance(500)
            ? "{\"run_id\":\"\(run)\",\"task_id\":\"\(task)\",\"attempt\":\(attempt),\"output\":1}"
            : "{\"run_id\":\"\(run)\",\"task_id\":\"\(task)\",\"attempt\":\(attempt),\"error\":\"connection\"}"
        put(value.contains("error") ? world.log.taskFailed : world.log.taskDone, Bytes(value), isCopy: true)
        world.count("strange result")
    }

    /// Old inputs that carry their ids, once more; nothing may change.
    func replay() {
        for topic in [world.log.flowRuns, world.log.taskDone, world.log.taskFailed] {
            for (lane, partition) in topic.partitions.enumerated() {
                let start = world.dice.below(partition.records.count + 1)
                for record in Array(partition.records[start...]) where carriesItsIDs(record) {
                    guard let value = record.value else { continue }
                    put(topic, value, isCopy: true, on: lane)
                }
            }
        }
    }

    private func carriesItsIDs(_ record: SimRecord) -> Bool {
        guard let value = record.value, let json = try? JSONValue(validating: value), json.kind == .object,
            json.member("kills") == nil
        else { return false }
        return json.name("event_type") == "flow_run_requested" || json.member("request_id") != nil
            || json.member("attempt") != nil
    }
}
