import JSON
import Workflow

/// Exact checks once everything has ended.
extension Checks {
    /// Runs that were asked for and have not ended; those that lost inputs to retention are excused.
    var unendedRuns: [String] {
        world.traffic.requests.map(\.runID).filter { id in
            let isOver = store.tables.runs[Identifier(id)]?.state.status.isFinal == true || isRefused(id)
            return !isOver && !bereft.contains(id)
        }
    }

    /// A stage retry that nobody made.
    func isRefused(_ id: String) -> Bool {
        store.tables.runs[Identifier(id)] == nil && store.tables.audits[Bytes("q-" + id)]?.isDone == false
    }

    func atTheEnd() {
        for request in world.traffic.requests { checkEnding(request) }
        checkOwed()
        checkDeadLetters()
        checkLetters()
        checkAnnouncements()
        checkMirror()
    }

    private func checkEnding(_ request: Traffic.Request) {
        guard let run = store.tables.runs[Identifier(request.runID)], run.state.status.isFinal else { return }
        let tasks = store.tables.tasks[run.runID] ?? [:]
        guard request.isSound else {
            if run.state.status != .failed || !tasks.isEmpty {
                fail("I6", "unsound \(request.runID) is \(run.state.status)")
            }
            return
        }
        for task in request.flow.tasks {
            guard let row = tasks[Identifier(task.id)] else {
                fail("I6", "\(request.runID)/\(task.id) has no row though its run has ended")
                continue
            }
            if row.status.isOpen { fail("I6", "\(request.runID)/\(task.id) is \(row.status) though its run has ended") }
            if store.tables.reused[run.runID]?[row.taskID] == nil { checkAttempts(row) }
        }
        checkScript(request, run, tasks)
    }

    /// Every try before the last one failed, and has its row.
    private func checkAttempts(_ row: TaskRow) {
        guard row.attempts > 1, store.tables.runs[row.runID]?.state.control.revivals.isEmpty == true else { return }
        for attempt in 0..<row.attempts - 1 {
            let key = AttemptKey(runID: row.runID, taskID: row.taskID, attempt: attempt)
            if store.tables.attempts[key] == nil {
                fail("I6", "attempt \(row.runID)/\(row.taskID)/\(attempt) has no row")
            }
        }
    }

    private func checkScript(_ request: Traffic.Request, _ run: RunRow, _ tasks: [Identifier: TaskRow]) {
        guard !world.traffic.disturbed.contains(request.runID) else { return world.count("disturbed run ended") }
        world.count("run ended by its script")
        let expected = world.script.ending(of: request.flow, run: request.runID)
        if run.state.status.rawValue != expected.run {
            fail("I6", "\(request.runID) is \(run.state.status), its script says \(expected.run)")
        }
        guard !request.flow.failFast || expected.run == "completed" else { return }
        for (task, status) in zip(request.flow.tasks, expected.tasks) {
            let row = tasks[Identifier(task.id)]
            if row?.status.rawValue != status {
                fail("I6", "\(request.runID)/\(task.id) is \(row?.status.rawValue ?? "-"), its script says \(status)")
            }
        }
    }

    /// I12: dead letters are the quarantined records and the tasks that were given up, each once.
    private func checkDeadLetters() {
        var (letters, runLetters): (Set<String>, [String: Set<String>]) = ([], [:])
        for record in world.log.deadLetters.allRecords {
            let json = JSONValue(trusted: record.value ?? [])
            if json.name("kind") == "run" {
                runLetters[json.name("run_id"), default: []].insert(json.name("message_id"))
            } else {
                letters.insert(json.name("message_id"))
            }
        }
        guard isStrict, store.tables.gaps.isEmpty else { return }
        var expected = world.traffic.garbage.union(setAside)
        expected.formUnion(givenUp)
        for id in letters.subtracting(expected).sorted() { fail("I12", "dead letter \(id) should not be") }
        for id in expected.subtracting(letters).sorted() { fail("I12", "there is no dead letter \(id)") }
        for request in world.traffic.requests where !bereft.contains(request.runID) {
            let count = runLetters[request.runID]?.count ?? 0
            if count != (request.isSound ? 0 : 1) {
                fail("I12", "run \(request.runID) has \(count) dead letters of its own")
            }
        }
    }

    /// Every run is announced as ended once, every task too.
    private func checkAnnouncements() {
        guard isStrict else { return }
        let ids = Set(messages.keys.filter { $0.hasPrefix("event ") })
        for request in world.traffic.requests where request.isSound {
            guard let run = store.tables.runs[Identifier(request.runID)], run.state.status.isFinal else { continue }
            let endings = (1...max(1, run.state.control.endings)).map { "ended/\($0)" }
            for event in ["started"] + endings where !ids.contains("event \(request.runID)/\(event)") {
                fail("I6", "\(request.runID)/\(event) was never announced")
            }
            let reused = store.tables.reused[run.runID] ?? [:]
            for row in (store.tables.tasks[run.runID] ?? [:]).values where reused[row.taskID] == nil {
                let count = ids.count { $0.hasPrefix("event \(row.runID)/\(row.taskID)/") }
                let isRevived = !run.state.control.revivals.isEmpty
                if isRevived ? count < 1 : count != 1 {
                    fail("I5", "the end of \(row.runID)/\(row.taskID) was announced under \(count) ids")
                }
            }
        }
    }

    /// The mirror agrees with the rows, as far as nothing of it was lost on the way.
    private func checkMirror() {
        guard isStrict, world.counters["mirror write dropped"] == nil else { return }
        for (id, entry) in world.mirror.entries {
            guard let run = store.tables.runs[id], run.state.status.isFinal,
                (entry.epoch, entry.batch) == world.mirror.newest[id] ?? (0, 0)
            else { continue }
            let status = JSONValue(trusted: entry.json).name("status")
            if status != run.state.status.rawValue { fail("I4", "at the end the mirror shows \(id) as \(status)") }
        }
    }

    /// I13: what happens in `body` changes no row of a run.
    func expectNoChange(_ body: () -> Void) {
        let before = digest()
        body()
        let after = digest()
        guard world.violation == nil else { return }
        for (name, text) in after where before[name] != text {
            fail("I13", "\(name) was \(before[name] ?? "not there") and is \(text)")
        }
        world.count("inputs replayed")
    }

    private func digest() -> [String: String] {
        var digest: [String: String] = [:]
        for run in store.tables.runs.values { digest["run \(run.runID)"] = "\(run.state)" }
        for row in store.tables.tasks.values.flatMap(\.values) { digest["task \(row.runID)/\(row.taskID)"] = "\(row)" }
        for (key, row) in store.tables.attempts {
            digest["attempt \(key.runID)/\(key.taskID)/\(key.attempt)"] = "\(row.status) \(row.batch)"
        }
        digest["retries"] = "\(store.tables.retries.count)"
        return digest
    }
}
