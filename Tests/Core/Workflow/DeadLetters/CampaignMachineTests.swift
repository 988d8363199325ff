import Foundation
import Testing

@testable import Workflow

/// Counts and the time in, actions out.
@Suite struct CampaignMachineTests {
    private static let second: Microseconds = 1_000_000

    private func plan(canary: Int = 3, rate: Double = 10, concurrency: Int = 5) -> CampaignPlan {
        var plan = CampaignPlan()
        (plan.canary, plan.rate, plan.concurrency, plan.stopAfter) = (canary, rate, concurrency, 4)
        return plan
    }

    private func tally(
        waiting: Int = 0, underWay: Int = 0, succeeded: Int = 0, failed: Int = 0, refused: Int = 0
    ) -> CampaignTally {
        var tally = CampaignTally()
        (tally.waiting, tally.underWay, tally.succeeded) = (waiting, underWay, succeeded)
        (tally.failed, tally.refused) = (failed, refused)
        return tally
    }

    /// A machine that has earned a full second's pace.
    private func machine(_ plan: CampaignPlan) -> CampaignMachine {
        var machine = CampaignMachine(plan)
        _ = machine.decide(.paused, tally(), at: 0)
        _ = machine.decide(.paused, tally(), at: 10 * Self.second)
        return machine
    }

    private func decide(_ plan: CampaignPlan, _ status: CampaignStatus, _ tally: CampaignTally) -> [CampaignAction] {
        var machine = machine(plan)
        return machine.decide(status, tally, at: 10 * Self.second)
    }

    @Test func `the canary is sent, and nothing more until each of it has a result`() {
        #expect(decide(plan(), .canary, tally(waiting: 100)) == [.send(3)])
        #expect(decide(plan(), .canary, tally(waiting: 97, underWay: 3)) == [])
        #expect(decide(plan(), .canary, tally(waiting: 97, underWay: 1, succeeded: 2)) == [])
        #expect(
            decide(plan(), .canary, tally(waiting: 97, succeeded: 3)) == [.become(.running, "3 of 3 succeeded")])
    }

    @Test func `a refused canary is no result: another one goes`() {
        #expect(decide(plan(), .canary, tally(waiting: 97, succeeded: 1, refused: 2)) == [.send(2)])
        #expect(decide(plan(), .canary, tally(refused: 3)) == [.become(.running, "nothing is left")])
    }

    @Test func `a canary that fails stops the campaign before anything else is sent`() {
        #expect(
            decide(plan(), .canary, tally(waiting: 97, succeeded: 1, failed: 2))
                == [.become(.stopped, "2 of 3 failed again")])
        #expect(
            decide(plan(), .canary, tally(waiting: 97, succeeded: 2, failed: 1))
                == [.become(.running, "2 of 3 succeeded")])
    }

    @Test func `the rest goes at its pace, and never more at once than is allowed`() {
        #expect(decide(plan(), .running, tally(waiting: 90)) == [.send(5)])
        #expect(decide(plan(), .running, tally(waiting: 90, underWay: 3)) == [.send(2)])
        #expect(decide(plan(), .running, tally(waiting: 90, underWay: 5)) == [])
        #expect(decide(plan(), .running, tally(waiting: 1, underWay: 3)) == [.send(1)])
        var slow = machine(plan(rate: 2, concurrency: 100))
        #expect(slow.decide(.running, tally(waiting: 90), at: 10 * Self.second) == [.send(2)])
        #expect(slow.decide(.running, tally(waiting: 88, underWay: 2), at: 10 * Self.second + 100_000) == [])
        #expect(slow.decide(.running, tally(waiting: 88, underWay: 2), at: 10 * Self.second + 500_000) == [.send(1)])
    }

    @Test func `a pace that was not used is lost, and a clock that goes back earns nothing`() {
        var machine = machine(plan(rate: 2, concurrency: 100))
        #expect(machine.decide(.running, tally(waiting: 90), at: 1_000 * Self.second) == [.send(2)])
        #expect(machine.decide(.running, tally(waiting: 90), at: 0) == [])
        #expect(machine.decide(.running, tally(waiting: 90), at: 1_000 * Self.second) == [])
    }

    @Test func `too many failures stop it, but only when there are results enough`() {
        #expect(decide(plan(), .running, tally(waiting: 90, failed: 3)) == [.send(5)])
        #expect(
            decide(plan(), .running, tally(waiting: 90, succeeded: 1, failed: 3))
                == [.become(.stopped, "3 of 4 failed again")])
        #expect(decide(plan(), .running, tally(waiting: 90, succeeded: 2, failed: 2)) == [.send(5)])
    }

    @Test func `what somebody has seen and resumed after is judged no more`() {
        var seen = tally(waiting: 90, succeeded: 1, failed: 9)
        (seen.pastSucceeded, seen.pastFailed) = (1, 9)
        #expect(decide(plan(), .running, seen) == [.send(5)])
        #expect(decide(plan(canary: 2), .canary, seen) == [.send(2)])
        seen.failed = 11
        #expect(decide(plan(canary: 2), .canary, seen) == [.become(.stopped, "2 of 2 failed again")])
        seen.failed = 13
        #expect(decide(plan(), .running, seen) == [.become(.stopped, "4 of 4 failed again")])
    }

    @Test func `it is complete when nothing waits and nothing is under way, whatever came of it`() {
        #expect(decide(plan(), .running, tally(underWay: 1, succeeded: 9)) == [])
        #expect(
            decide(plan(), .running, tally(succeeded: 1, failed: 9, refused: 2))
                == [.become(.completed, "1 succeeded, 9 failed, 2 refused")])
    }

    @Test func `a halted campaign sends nothing, a cancelled one ends once nothing is under way`() {
        for status in [CampaignStatus.paused, .stopped, .completed] {
            #expect(decide(plan(), status, tally(waiting: 90)) == [])
        }
        #expect(decide(plan(), .cancelled, tally(underWay: 1)) == [])
        #expect(decide(plan(), .cancelled, tally(succeeded: 1)) == [.end])
    }

    @Test func `the page of campaign states tells what the code allows`() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../../docs/reference/campaign-states.md")
        let page = try String(contentsOf: path, encoding: .utf8)
        for status in CampaignStatus.allCases {
            let line = page.split(separator: "\n").first { $0.hasPrefix("| `\(status.rawValue)` |") }
            let commands = CampaignCommand.allCases.filter { line?.contains("`\($0.rawValue)`") ?? false }
            #expect(line != nil && commands == CampaignCommand.allCases.filter(status.allows), "\(status)")
        }
    }
}

@Suite struct ItemVerdictTests {
    private func sight(_ change: (inout ItemSight) -> Void) -> ItemVerdict {
        let item = CampaignItem(item: 1, messageID: "dl/r/t/3", runID: "r", taskID: "t", attempt: 3, requestID: "q")
        var sight = ItemSight(item, age: 1_000)
        (sight.taskStatus, sight.attempts, sight.runStatus) = (.failed, 4, .failed)
        change(&sight)
        return ItemVerdict.of(sight)
    }

    private func accepted(_ task: TaskStatus?, attempts: Int = 5, run: RunStatus? = .running) -> ItemVerdict {
        sight { ($0.isAccepted, $0.taskStatus, $0.attempts, $0.runStatus) = (true, task, attempts, run) }
    }

    @Test func `without an answer it waits, and after a while sends again`() {
        #expect(sight { _ in } == .wait)
        #expect(sight { $0.age = ItemVerdict.patience } == .sendAgain)
    }

    @Test func `a refusal is an outcome with its reason`() {
        let gone = "no task t in the run"
        #expect(sight { ($0.isAccepted, $0.answer) = (false, gone) } == .refused(gone))
    }

    @Test func `an item of a run that somebody else has going waits for its end`() {
        let going = "the run has not ended: running"
        for code in CommandRefusal.Code.allCases {
            let verdict = sight { ($0.isAccepted, $0.answer, $0.code) = (false, going, code) }
            #expect(verdict == .putBack(going))
        }
        #expect(sight { ($0.isAccepted, $0.answer) = (false, going) } == .refused(going), "sentences decide nothing")
    }

    @Test func `an accepted item is followed until its task has ended`() {
        #expect(accepted(.retrying) == .wait)
        #expect(accepted(.running) == .wait)
        #expect(accepted(nil) == .wait)
        #expect(accepted(.succeeded) == .succeeded(nil))
        #expect(accepted(.degraded) == .succeeded("degraded"))
        #expect(accepted(.failed) == .failed("failed again"))
        #expect(accepted(.cancelled, run: .cancelled) == .failed("cancelled"))
        #expect(accepted(.skipped, run: .failed) == .failed("skipped"))
    }

    @Test func `a task that never was tried again is no success`() {
        #expect(accepted(.failed, attempts: 4, run: .running) == .wait)
        #expect(
            accepted(.failed, attempts: 4, run: .failed) == .failed("the run ended as failed without a new attempt"))
        #expect(accepted(.failed, run: nil) == .failed("its run is gone"))
    }

    @Test func `letters of one run go in one command, with an attempt where they have the same`() {
        func item(_ number: Int, _ run: String, _ task: String, _ attempt: Int) -> CampaignItem {
            CampaignItem(
                item: number, messageID: "", runID: run, taskID: task, attempt: attempt, requestID: "q/" + run)
        }
        let requests = RetryRequest.all(
            for: [item(1, "a", "x", 3), item(2, "a", "y", 3), item(3, "b", "x", 3), item(4, "b", "y", 0)],
            reason: "campaign c", actor: "ada")
        #expect(requests.map(\.taskIDs) == [["x", "y"], ["x", "y"]])
        #expect(requests.map(\.afterAttempt) == [3, nil])
        let message = String(decoding: requests[0].message, as: UTF8.self)
        #expect(
            message
                == #"{"event_type":"task_retry_requested","run_id":"a","request_id":"q/a","task_ids":["x","y"],"#
                + #""after_attempt":3,"reason":"campaign c","actor":"ada"}"#)
    }
}
