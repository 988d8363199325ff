/// One cell of the crash matrix: which program, at which point, and what happens to it there.
package struct CrashCell: Sendable, Hashable {
    package enum Program: String, CaseIterable, Sendable {
        case orchestrator, executor
        case retryWorker = "retry-worker"
        case drainer
    }

    package enum Fault: Hashable, Sendable, CustomStringConvertible {
        /// SIGKILL: as a power cut would end it.
        case killed
        /// SIGSTOP for so many seconds, then SIGCONT.
        case stopped(Int)

        package var description: String {
            switch self {
            case .killed: "SIGKILL"
            case .stopped(let seconds): "SIGSTOP \(seconds) s"
            }
        }
    }

    /// A kill point (`KillPoint` in Platform) and how it is reached.
    package struct Point: Sendable, Hashable {
        package let program: Program
        package let name: String
        /// At which passage it stops.
        package let passage: Int
        /// Passed only by a process that ends: it is asked to.
        package let isAtTheEnd: Bool

        init(_ program: Program, _ name: String, passage: Int = 1, isAtTheEnd: Bool = false) {
            self.program = program
            self.name = name
            self.passage = passage
            self.isAtTheEnd = isAtTheEnd
        }
    }

    package let point: Point
    package let fault: Fault

    package var name: String { "\(point.program.rawValue) \(point.name) \(fault)" }
    /// What the process is told by `FLOWFLEET_KILL_POINT`.
    package var plan: String { "\(point.name):\(point.passage)\(fault == .killed ? "" : ":stop")" }

    package static let points: [Point] =
        [
            "received", "decided", "committing", "committed-not-published", "publishing", "published-not-noted",
            "mirroring",
        ]
        .map { Point(.orchestrator, $0, passage: 5) }
        + [Point(.orchestrator, "taking-a-lane"), Point(.orchestrator, "giving-up-a-lane", isAtTheEnd: true)]
        + ["task-received", "task-running", "finished-not-published", "published-not-reported"]
        .map { Point(.executor, $0, passage: 20) }
        + [Point(.executor, "segment-step", passage: 5)]
        + [Point(.executor, "reported-not-committed"), Point(.executor, "held")]
        + [Point(.executor, "draining", isAtTheEnd: true)]
        + [Point(.retryWorker, "claimed"), Point(.retryWorker, "published-not-deleted", passage: 2)]
        + [Point(.drainer, "received"), Point(.drainer, "inserted-not-committed")]

    /// Every cell: each point killed, stopped for less than a session, and for longer than anybody waits.
    package static let all: [CrashCell] = [Fault.killed, .stopped(5), .stopped(90)].flatMap { fault in
        points.map { CrashCell(point: $0, fault: fault) }
    }

    /// What every test run plays: each point killed, and one stop for each program.
    package static let sample: [CrashCell] =
        points.map { CrashCell(point: $0, fault: .killed) }
        + ["committed-not-published", "published-not-reported", "claimed"].compactMap { name in
            points.first { $0.name == name }.map { CrashCell(point: $0, fault: .stopped(5)) }
        }

    /// Cells that can be played at once, one of each program, with the same fault.
    package static func rounds(_ cells: [CrashCell]) -> [[CrashCell]] {
        var rounds: [[CrashCell]] = []
        for cell in cells {
            let place = rounds.firstIndex { round in
                round[0].fault == cell.fault && !round.contains { $0.point.program == cell.point.program }
            }
            if let place { rounds[place].append(cell) } else { rounds.append([cell]) }
        }
        return rounds
    }
}
