import JSON
import Testing

@testable import Workflow

/// Memory and rows tell the same story, and the work of a batch can be derived again.
@Suite struct RunFoldTests {
    @Test(arguments: 0..<300)
    func `folding the rows after any turn gives the owner's memory, and its work again`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var run = try Dialogue(randomFlow(&random), announcements: .runs)
        for _ in 0..<60 where run.machine.status != .completed && run.machine.status != .cancelled {
            let batch = run.batch
            let time = run.time
            _ = run.settle()
            let folded = run.folded()
            #expect(picture(folded) == picture(run.machine), "seed \(seed) batch \(batch)")
            var again = OutBatch()
            let turn = TurnContext(time: time, batch: batch, patterns: ErrorPatterns(), announcements: .runs)
            folded.republish(turn: turn, into: &again)
            #expect(messages(again) == messages(run.lastWork), "seed \(seed) batch \(batch)")
            step(&run, &random)
            if random.next() % 4 == 0 { run.machine = folded.continued(as: run) }
        }
    }

    private func step(_ run: inout Dialogue, _ random: inout SplitMix) {
        for _ in 0..<Int(random.next() % 4) {
            let index = Int(random.next() % UInt64(run.machine.slots.count))
            let id = run.machine.flow.tasks[index].id
            switch random.next() % 16 {
            case 0...5: run.done(id, output: #"{"n":\#(random.next() % 100)}"#)
            case 6: run.failed(id, attempt: nil, .permanent)
            case 7: run.failed(id, attempt: run.machine.slots[index].attempt, .transient)
            case 8: _ = run.command(.pause, id: "\(random.next())")
            case 9: run.held(id, for: Microseconds(random.next() % 9_000_000))
            case 10: run.held(id, for: 0)
            case 11: _ = run.retry(id: "\(random.next())")
            case 12: _ = run.retry([id], id: "\(random.next())")
            case 13: for suspect in run.look() { _ = run.judge(suspect) }
            default: _ = run.command(.resume, id: "\(random.next())")
            }
        }
    }

    private func randomFlow(_ random: inout SplitMix) -> String {
        let count = 1 + Int(random.next() % 8)
        let tasks = (0..<count).map { index in
            let needs = (0..<index).filter { _ in random.next() % 3 == 0 }.map { "\"t\($0)\"" }
            let degrade = random.next() % 4 == 0 ? #","on_failure":"degrade""# : ""
            let after = needs.joined(separator: ",")
            return #"{"task_id":"t\#(index)","handler":"echo","depends_on":[\#(after)]\#(degrade)}"#
        }
        return #"{"tasks":[\#(tasks.joined(separator: ","))]}"#
    }

    /// What decisions depend on.
    private func picture(_ run: RunMachine) -> [String] {
        run.slots.enumerated().map { index, slot in
            let attempt = slot.status.isOpen ? slot.attempt : 0
            let ready = slot.status == .pending && slot.waitingFor == 0
            return "\(index) \(slot.status) out \(slot.status == .pending && slot.isOut) waits \(slot.waitingFor) "
                + "attempt \(attempt)+\(slot.attemptBase) held \(slot.heldUntil ?? 0) batch \(slot.batch) ready \(ready ? slot.readyBatch : 0)"
        } + ["\(run.status) open \(run.openTasks)"]
    }

    private func messages(_ work: OutBatch) -> [String] {
        work.entries.map { entry in
            let canonical = JSONCanonical.bytes(of: JSONValue(trusted: work.value(of: entry)))
            return "\(entry.topic) " + String(decoding: canonical, as: UTF8.self)
        }.sorted()
    }
}

extension RunMachine {
    /// A folded machine that takes the place of the one in memory between two turns.
    fileprivate func continued(as run: Dialogue) -> RunMachine { run.decision.hasFacts ? run.machine : self }
}

/// Repeatable random numbers.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
