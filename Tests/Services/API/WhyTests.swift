import Testing
import Workflow

@testable import API

/// One true sentence in every state of a run and of a task.
@Suite struct WhyTests {
    private func run(_ status: String, _ change: (inout RunRecord) -> Void = { _ in }) -> RunRecord {
        var run = RunRecord()
        (run.runID, run.status) = ("r", status)
        if ["completed", "failed", "cancelled"].contains(status) { run.completedAt = "T9" }
        change(&run)
        return run
    }

    private func task(_ id: String, _ status: String, _ change: (inout TaskRecord) -> Void = { _ in }) -> TaskRecord {
        var task = TaskRecord()
        (task.taskID, task.status, task.pool) = (id, status, "default")
        change(&task)
        return task
    }

    private func why(
        _ task: TaskRecord, _ run: RunRecord? = nil, _ others: [TaskRecord] = [], _ sights: Why.Sights = Why.Sights()
    ) -> String {
        Why.task(task, of: run ?? self.run("running"), others + [task], sights)
    }

    // MARK: Tasks

    @Test func `pending: it names the dependencies it waits for, and how they are`() {
        let waiting = task("b", "pending") { $0.waitingFor = ["a"] }
        #expect(why(waiting, nil, [task("a", "retrying")]) == "task b waits for a (retrying), which it depends on")
        let many = task("b", "pending") { $0.waitingFor = ["a", "c", "d", "e", "f"] }
        #expect(
            why(many) == "task b waits for a (pending), c (pending), d (pending) and 2 more, which it depends on")
    }

    @Test func `pending and ready: queued, without executors, executed, or held back by a pause`() {
        #expect(
            why(task("a", "pending")) == "task a is queued in pool default until an executor has a slot free for it")
        let deserted = task("a", "pending") {
            ($0.pool, $0.waiting) = ("gpu", "no executor of pool gpu has been seen for 30 s")
        }
        #expect(why(deserted) == "task a is queued in pool gpu, but no executor of pool gpu has been seen for 30 s")
        let execution = TaskExecution(workerID: "w1", attempt: 0, since: "T1")
        #expect(
            why(task("a", "pending"), nil, [], Why.Sights(executions: ["a": execution]))
                == "task a runs at worker w1 since T1 (attempt 0)")
        let paused = task("a", "pending") { $0.waiting = "the run is paused since T2" }
        #expect(why(paused, run("paused")) == "task a is ready, but the run is paused since T2")
    }

    @Test func `without an orchestrator nothing is promised that only one can bring`() {
        let sights = Why.Sights(hasOrchestrator: false)
        let missing = "no orchestrator has been seen for 30 s, and without one nothing goes on"
        #expect(why(task("a", "pending"), nil, [], sights) == "task a was ready for pool default, but \(missing)")
        let request = RequestedRun(runID: "r", flowID: "f", tenantID: "t", at: "T1")
        let waits = "run r was asked for at T1 and waits for an orchestrator to take it"
        #expect(Why.requested(request, sights) == "\(waits); \(missing)")
        #expect(Why.requested(request, Why.Sights()) == waits)
    }

    @Test func `running: the worker that holds it, since when and until when`() {
        let held = task("a", "running") { ($0.workerID, $0.heldSince, $0.heldUntil) = ("w1", "T1", "T2") }
        #expect(
            why(held) == "task a runs at worker w1 since T1, which has promised word of it until T2")
    }

    @Test func `retrying: when it is due and after what, overdue, parked, or at work`() {
        let next = task("a", "retrying") { ($0.attempts, $0.nextRetryAt, $0.error) = (2, "T5", "refused") }
        #expect(why(next) == "task a is tried again (attempt 2) at T5, after: refused")
        var due = next
        due.isRetryDue = true
        #expect(why(due) == "task a has been due for attempt 2 since T5, after: refused")
        #expect(
            why(due, nil, [], Why.Sights(hasRetryWorker: false))
                == "task a has been due for attempt 2 since T5, but no retry worker has been seen for 30 s, after: refused"
        )
        var parked = next
        parked.waiting = "the circuit breaker of http is open since T3: 9 of 10 failed"
        #expect(
            why(parked) == "task a is held back: the circuit breaker of http is open since T3: 9 of 10 failed")
        let execution = TaskExecution(workerID: "w1", attempt: 2, since: "T6")
        #expect(
            why(due, nil, [], Why.Sights(executions: ["a": execution]))
                == "task a runs at worker w1 since T6 (attempt 2)")
        let stale = TaskExecution(workerID: "w1", attempt: 1, since: "T1")
        #expect(why(next, nil, [], Why.Sights(executions: ["a": stale])).contains("is tried again"))
    }

    @Test func `succeeded, degraded, failed: when, how often tried, and with what`() {
        let good = task("a", "succeeded") { ($0.attempts, $0.completedAt, $0.executionMilliseconds) = (1, "T3", 12) }
        #expect(why(good) == "task a succeeded at T3 after 1 attempt (12 ms)")
        let partly = task("a", "degraded") { ($0.completedAt, $0.error) = ("T3", "half of it") }
        #expect(why(partly) == "task a is degraded since T3: half of it")
        let bad = task("a", "failed") {
            ($0.attempts, $0.completedAt, $0.error, $0.errorClass) = (4, "T3", "refused", "transient")
        }
        #expect(why(bad) == "task a failed for good at T3 after 4 attempts (transient): refused")
        let reused = task("a", "succeeded") { $0.reusedFrom = "older" }
        #expect(why(reused) == "task a succeeded in run older, and is reused from there")
    }

    @Test func `skipped: the task where the trouble began`() {
        let tasks = [task("a", "failed") { $0.error = "refused" }, task("b", "skipped")]
        let sights = Why.Sights(dependencies: ["b": ["a"], "c": ["b"]])
        #expect(
            why(task("c", "skipped"), run("failed"), tasks, sights)
                == "task c was skipped, because a, which it depends on, is failed: refused")
        #expect(why(task("c", "skipped")) == "task c was skipped, because something it depends on has no output")
    }

    @Test func `cancelled: with its run, by the time limit, by fail-fast, by itself`() {
        let gone = task("a", "cancelled") { $0.completedAt = "T4" }
        let byAnn = run("cancelled") { $0.cancelledBy = "ann" }
        #expect(why(gone, byAnn) == "task a was cancelled at T4, because the run was cancelled by ann")
        let late = run("failed") { $0.error = "timeout: the run did not end within 5 ms" }
        #expect(why(gone, late) == "task a was cancelled at T4, because the run's time was up")
        #expect(
            why(gone, run("failed"), [task("b", "failed")])
                == "task a was cancelled at T4, because b failed and the flow fails fast")
        let itself = task("a", "cancelled") { ($0.completedAt, $0.error) = ("T4", "told to stop") }
        #expect(why(itself, run("failed")) == "task a was cancelled at T4, because its handler ended it: told to stop")
    }

    // MARK: Runs

    @Test func `a run that goes on says what holds it up first`() {
        let tasks = [
            task("a", "succeeded"), task("b", "pending"),
            task("c", "retrying") { ($0.attempts, $0.nextRetryAt, $0.error) = (1, "T5", "refused") },
            task("d", "pending") { $0.waitingFor = ["c"] },
        ]
        #expect(
            Why.run(run("running"), tasks, Why.Sights())
                == "run r is running: 1 of 4 tasks have ended, and it waits for c, which is tried again (attempt 1) "
                + "at T5, after: refused, beside 1 other task")
    }

    @Test func `a run that is over, paused, queued or unknown says why`() {
        #expect(Why.run(run("completed"), [], Why.Sights()) == "run r completed at T9")
        let partly = run("completed") { $0.isDegraded = true }
        #expect(
            Why.run(partly, [task("a", "degraded")], Why.Sights())
                == "run r completed at T9, with incomplete results of a")
        let failed = run("failed") { $0.error = "task a failed: refused" }
        #expect(Why.run(failed, [], Why.Sights()) == "run r failed at T9: task a failed: refused")
        let cancelled = run("cancelled") { ($0.cancelledBy, $0.cancelReason) = ("ann", "wrong input") }
        #expect(Why.run(cancelled, [], Why.Sights()) == "run r was cancelled by ann at T9 (wrong input)")
        let paused = run("paused") { ($0.pausedAt, $0.pausedBy, $0.pauseReason) = ("T1", "ann", "lunch") }
        #expect(
            Why.run(paused, [task("a", "running")], Why.Sights())
                == "run r is paused by ann since T1 (lunch): nothing new starts until it is resumed; "
                + "1 task that runs already may end")
        #expect(
            Why.inLine("r", behind: "p")
                == "run r stands in line: another retry of run p is live, and it is made when that has ended")
        #expect(Why.unknown("r").hasPrefix("run r is not known"))
    }
}
