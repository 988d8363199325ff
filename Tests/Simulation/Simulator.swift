import Foundation
import TestSupport

/// The simulator's program, run from tests.
enum Simulator {
    /// Bugs that every build can be given; those that need a debug build's switches are tried by the program itself.
    static let mutants = [
        "publish-before-commit", "no-fence", "fence-does-not-abort", "one-token-per-process", "consumer-position",
        "mirror-first", "mirror-without-version", "stale-attempt", "touched-forgotten", "emitted-too-early",
        "no-outbox",
        "memory-kept", "nothing-republished", "unknown-means-committed", "executor-commits-past",
        "claims-twice", "removed-at-claim", "undelivered-forgotten", "pause-leaves-retries",
        "closed-keeps-retry", "hand-back-counts", "hold-forgets-attempt", "lost-without-reading", "names-not-committed",
        "one-look", "looks-skipped", "refusals-forgotten",
        "letters-committed-early",
        "items-not-marked", "parked-forgotten",
        "segment-skips-check", "segment-follows-cancel", "segment-forgotten",
        "segment-settles-early",
        "parent-not-asked", "two-live-retries",
    ]

    /// Branches that a good run of seeds comes through; one that is never reached proves nothing.
    static let rareBranches = [
        "taken with work to publish again", "message published again", "unknown commit: committed",
        "unknown commit: not committed", "unknown commit: comes later", "late transaction refused",
        "refused: a lane belongs to another orchestrator now",
        "refused: a run of that id exists", "forwarded", "quarantined", "killer quarantined unread", "gap crossed",
        "store fell back",
        "stopped past its session", "zombie repeats a dispatch", "stopped cleanly", "message arrived late",
        "older mirror entry met", "retry published", "waiting command settled", "results held back after a fall-back",
        "inputs replayed", "ignored: staleAttempt",
        "ignored: alreadyClosed", "retry claim taken over", "retry undelivered", "retry worker stopped cleanly",
        "task held", "task given back", "held task forgotten", "attempt lost: held", "attempt lost: out",
        "attempt lost: time_limit", "attempt dispatched again", "died between commit and answer",
        "records lost by Kafka", "topic made anew", "memory dropped", "Postgres' clock jumped", "run revived",
        "executor ended by a task", "poison found", "time limit reported",
        "letters drained", "letter drained again", "drainer stopped cleanly",
        "campaign made", "campaign taken over", "campaign completed", "campaign stopped", "campaign command: cancel",
        "campaign item succeeded", "campaign item failed", "campaign item refused", "campaign item sent again",
        "campaign item put back", "canary without a verdict", "tasks of a failed run told to end",
        "retry parked", "breaker opened", "breaker wave", "breaker closed",
        "task followed", "segment gone on with elsewhere",
        "segment told of a pause", "ignored: notFollowed",
        "stage retry made", "stage retry refused: live_retry", "stage retry refused: run_not_ended",
        "stage retry in line", "refused: the parent of a stage retry has changed",
    ]

    static func runs(
        first: Int, count: Int, processes: Int, _ options: [String] = []
    ) async throws -> [CommandResult] {
        let share = (count + processes - 1) / processes
        return try await withThrowingTaskGroup(of: CommandResult.self) { group in
            for number in 0..<processes {
                let arguments = ["\(first + number * share)", "\(min(share, count - number * share))", "--counters"]
                group.addTask {
                    // Nicely: other tests beside it have clocks to keep.
                    try Command.run(
                        "nice", ["-n", "5", program] + arguments + options,
                        environment: ["SWIFT_DETERMINISTIC_HASHING": "1"])
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    static func counters(of runs: [CommandResult]) -> [String: Int] {
        var counters: [String: Int] = [:]
        for line in runs.flatMap(\.lines) where line.hasPrefix("COUNT ") {
            let parts = line.split(separator: " ", maxSplits: 2)
            guard parts.count == 3, let value = Int(parts[1]) else { continue }
            counters[String(parts[2]), default: 0] += value
        }
        return counters
    }

    private static var program: String {
        let folder = Bundle.main.bundleURL
        let beside = folder.appendingPathComponent("simulate").path
        return FileManager.default.isExecutableFile(atPath: beside) ? beside : ".build/debug/simulate"
    }
}
