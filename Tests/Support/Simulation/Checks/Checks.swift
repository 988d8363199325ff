import JSON
import Orchestration
import Workflow

/// The invariants, and what they need to remember beside the rows.
final class Checks {
    unowned let world: SimWorld
    /// I5: the value each message id was first seen with.
    var messages: [String: [UInt8]] = [:]
    /// Attempts that were put on the task topic.
    var dispatched: Set<AttemptKey> = []
    /// Results on the topics: what they said of each attempt.
    var answers: [AttemptKey: Set<Answer>] = [:]
    /// Word that an attempt is held, by the attempt it names: when it was sent, and for how long; 0 gives it back.
    var holds: [AttemptKey: [(time: Microseconds, span: Microseconds)]] = [:]
    /// Where an attempt's message was put on the task queue first.
    var firstUnread: [AttemptKey: (partition: Int32, offset: Int64)] = [:]
    /// When an attempt's message was put on the task queue last.
    var lastQueued: [AttemptKey: Microseconds] = [:]
    /// Attempts that came again by a fact of their own (a look, a task given back): that fact's time is in the message.
    var cameAgain: Set<AttemptKey> = []
    /// Dead letters of tasks that were given up, in any life of their runs.
    var givenUp: Set<String> = []
    /// Executions of segments by their first task, and those of them that were answered to their end.
    var executions: [AttemptKey: Set<Int64>] = [:]
    var answeredSegments: Set<Int64> = []
    /// Attempts that were answered outside of a segment.
    var plainAnswers: Set<AttemptKey> = []
    /// Results that named no attempt.
    var smallAnswers: Set<AttemptKey> = []
    /// Runs whose inputs retention removed: they may never end.
    var bereft: Set<String> = []
    /// The batch that touched a run last.
    var lastTouch: [Identifier: Int64] = [:]
    /// I10: offsets of the task topic whose answers were seen.
    var verified: [Int32: Int64] = [:]
    /// Dead letters of records that were set aside though they were fine.
    var setAside: Set<String> = []
    /// Campaigns by who leads them, and how often somebody began to.
    var leading: [String: Set<String>] = [:]
    var beginnings: [String: Int] = [:]
    /// Items and commands of each campaign that went out.
    var taken: [String: Set<String>] = [:]
    var commandsSent: [String: Int] = [:]
    /// Tasks that were given fresh attempts, by the tries they had had.
    var revived: Set<String> = []
    private var reader = InputReader()

    struct Answer: Hashable {
        var status: TaskStatus
        var output: [UInt8]
    }

    init(_ world: SimWorld) { self.world = world }

    var store: SimStore { world.store }
    /// After a fall-back facts were lost: messages about them stay in the world.
    var isStrict: Bool { !store.hasFallenBack }

    func fail(_ invariant: String, _ sentence: String) { world.fail(invariant, sentence) }

    func read(_ topic: SimTopic, _ lane: Int, _ record: SimRecord) -> LaneInput? {
        let inputs: [String: InputTopic] = [
            "flow_runs": .flowRuns, "task_done": .taskDone, "task_failed": .taskFailed,
        ]
        guard let input = inputs[topic.name] else { return nil }
        return reader.read(
            InputRecord(topic: input, lane: Int32(lane), offset: record.offset, value: record.value))
    }

    // MARK: Messages

    func appended(_ topic: SimTopic, _ partition: Int, _ record: SimRecord) {
        guard let value = record.value else { return }
        switch topic.name {
        case "task_queue":
            let json = JSONValue(trusted: value)
            if !cameAgain.contains(Self.attempt(json)) { see(json.name("message_id"), json) }
            dispatched.insert(Self.attempt(json))
            lastQueued[Self.attempt(json)] = world.now
            if firstUnread[Self.attempt(json)] == nil {
                firstUnread[Self.attempt(json)] = (Int32(partition), record.offset)
            }
            world.note("→ task_queue/\(partition): \(json.name("message_id"))")
        case "dead_letter_queue":
            see(JSONValue(trusted: value).name("message_id"), JSONValue(trusted: value))
            noteSetAside(JSONValue(trusted: value))
        case "run_events": see("event " + (record.eventType?.asText ?? ""), JSONValue(trusted: value))
        default:
            world.note("→ \(topic.name)/\(partition)/\(record.offset): \(value.asText.prefix(150))")
            if case .result(let result) = read(topic, partition, record) { remember(result) }
        }
    }

    /// I5: one message id, one value, for ever.
    private func see(_ id: String, _ value: JSONValue) {
        let canonical = JSONCanonical.bytes(of: value)
        guard let first = messages[id] else {
            messages[id] = canonical
            return
        }
        world.count("message published again")
        guard first != canonical, isStrict else { return }
        fail("I5", "\(id) was \(first[...].asText) and is \(canonical[...].asText)")
    }

    private func remember(_ result: TaskResult) {
        rememberSegment(result)
        var key = AttemptKey(runID: result.runID, taskID: result.taskID, attempt: result.attempt ?? -1)
        if case .held(let span) = result.outcome {
            holds[key, default: []].append((world.now, span))
            return
        }
        if case .failed(let failure) = result.outcome, failure.errorClass == .timeout || isInnocent(failure, key) {
            world.count(failure.errorClass == .timeout ? "time limit reported" : "innocent task given up as poison")
            world.traffic.disturbed.insert(result.runID.description)
        }
        if result.segment == nil { plainAnswers.insert(key) }
        if result.attempt == nil { smallAnswers.insert(key) }
        if result.attempt == nil { key.attempt = -1 }
        answers[key, default: []].insert(Answer(result))
    }

    /// Given up by an executor although it was others' deaths it was near to: that much is promised.
    private func isInnocent(_ failure: TaskFailure, _ key: AttemptKey) -> Bool {
        guard failure.errorClass == .poison else { return false }
        let outcome = world.script.outcome(
            run: key.runID.description, task: key.taskID.description, attempt: Int(key.attempt))
        if outcome == .crash { world.count("poison found") }
        return outcome != .crash
    }

    static func attempt(_ json: JSONValue) -> AttemptKey {
        AttemptKey(
            runID: Identifier(json.name("run_id")), taskID: Identifier(json.name("task_id")),
            attempt: Int32(json.member("attempt")?.int ?? 0))
    }

    /// Answers that could have been counted for an attempt.
    func answers(for key: AttemptKey) -> Set<Answer> {
        let unnamed = AttemptKey(runID: key.runID, taskID: key.taskID, attempt: -1)
        return (answers[key] ?? []).union(answers[unnamed] ?? [])
    }

    // MARK: Losses that are allowed

    /// A record whose readers died twice while they tried it is set aside, innocent or not: that much is promised.
    private func noteSetAside(_ letter: JSONValue) {
        let id = letter.name("message_id")
        guard letter.name("error").hasPrefix("reading it ended"), !world.traffic.garbage.contains(id) else { return }
        guard setAside.insert(id).inserted else { return }
        world.count("innocent record set aside")
        let parts = id.split(separator: "/")
        guard parts.count == 4, let lane = Int(parts[2]), let offset = Int64(parts[3]) else { return }
        let topics = [world.log.flowRuns, world.log.taskDone, world.log.taskFailed]
        if let record = topics.first(where: { $0.name == parts[1] })?.partitions[lane][offset] { removed(record) }
    }

    func fellBack() { lastTouch = [:] }

    func crossed(_ gap: LaneGap) {}

    func removed(_ record: SimRecord) {
        guard let value = record.value, let json = try? JSONValue(validating: value) else { return }
        // A lost result is no loss: its attempt is looked for, and tried again.
        guard json.member("event_type") != nil, json.name("event_type") != "task_held" else { return }
        bereft.insert(json.name("run_id"))
        world.traffic.disturbed.insert(json.name("run_id"))
    }
}

extension Checks.Answer {
    init(_ result: TaskResult) {
        switch result.outcome {
        case .succeeded(let output): self.init(.succeeded, output)
        case .degraded(let output): self.init(.degraded, output)
        case .failed: self.init(status: .failed, output: [])
        case .held: self.init(status: .running, output: [])
        }
    }

    private init(_ status: TaskStatus, _ output: Bytes) {
        self.init(status: status, output: JSONCanonical.bytes(of: JSONValue(trusted: output)))
    }
}
