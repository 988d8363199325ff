import JSON
import Workflow

/// Tasks that run long: the lane is told, told again, and now and then never told anything more.
extension ForeignExecutor {
    struct Held {
        var value: Bytes
        var end: Microseconds
    }

    func hold(_ value: Bytes, _ me: Incarnation) {
        say(value, milliseconds: world.dice.from(1_000...6_000), me)
        held.append(Held(value: value, end: world.now + Microseconds(world.dice.below(25_000_000))))
        world.count("task held")
    }

    /// Ends what has run long enough: answered, given back, or forgotten; renews some of the rest.
    func tend(_ me: Incarnation) {
        for task in held {
            guard me.passes("executor tends") else { return }
            guard world.now >= task.end else {
                if world.dice.chance(200) { say(task.value, milliseconds: world.dice.from(1_000...6_000), me) }
                continue
            }
            held.removeAll { $0.end == task.end && $0.value == task.value }
            switch world.dice.below(10) {
            case 0..<3:
                world.count("task given back")
                say(task.value, milliseconds: 0, me)
            case 3..<5 where world.isFaulty: world.count("held task forgotten")
            default: answer(task.value)
            }
        }
    }

    private func say(_ value: Bytes, milliseconds: Int, _ me: Incarnation) {
        let task = JSONValue(trusted: value)
        let ids = "\"run_id\":\"\(task.name("run_id"))\",\"task_id\":\"\(task.name("task_id"))\""
        let attempt = task.member("attempt")?.int ?? 0
        let holder = "\"worker_id\":\"\(me.name)\",\"hold_ms\":\(milliseconds)"
        let text = "{\"event_type\":\"task_held\",\(ids),\"attempt\":\(attempt),\(holder)}"
        let lane = (task.member("lane")?.int ?? 0) % world.plan.lanes
        world.log.append(world.log.taskDone, lane, SimRecord(value: Bytes(text), time: world.now))
    }
}
