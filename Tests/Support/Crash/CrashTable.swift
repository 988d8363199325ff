import Glibc

/// What came of the cells, as a table; a cell is in it exactly once.
package struct CrashTable {
    private var rows: [(name: String, seconds: Double?, problem: String?)] = []

    package init() {}

    package var hasFailed: Bool { rows.contains { $0.problem != nil } }

    /// So many cells on one fleet that its history stays small enough to be checked as a whole.
    package static func chunks(_ cells: [CrashCell]) -> [[CrashCell]] {
        stride(from: 0, to: cells.count, by: 17).map { Array(cells[$0..<min($0 + 17, cells.count)]) }
    }

    /// Cells on a fleet of their own; after one that failed the rest goes to a new fleet.
    package mutating func play(_ cells: [CrashCell], sessionSeconds: Int) {
        var left = cells
        while !left.isEmpty {
            let played = playOnce(left, sessionSeconds)
            left.removeAll { played.contains($0) }
            if played.isEmpty { return }
        }
    }

    private mutating func playOnce(_ cells: [CrashCell], _ sessionSeconds: Int) -> Set<CrashCell> {
        var played: Set<CrashCell> = []
        do {
            let settings = CrashMatrix.settings(sessionSeconds: sessionSeconds)
            try Fleet.with("crash", orchestrators: 0, executors: 0, settings: settings) { fleet in
                let matrix = try CrashMatrix(fleet)
                matrix.playAll(cells) { outcome in
                    played.insert(outcome.cell)
                    note(outcome.cell.name, outcome.seconds, outcome.problem)
                }
                guard !matrix.outcomes.contains(where: { $0.problem != nil }) else {
                    throw CommandFailed(description: "a cell failed")
                }
                let problems = try matrix.problems()
                let text = problems.isEmpty ? nil : problems.prefix(20).joined(separator: "; ")
                note("exact checks over \(played.count) cells", nil, text)
            }
        } catch {
            if rows.last?.problem == nil { note("a fleet for \(cells.count) cells", nil, "\(error)") }
        }
        return played
    }

    /// A fault of a service, or of all programs, on a fleet of its own.
    package mutating func play(_ fault: ServiceFault) {
        do {
            let (seconds, problems) = try fault.play()
            note("service \(fault.name)", seconds, problems.isEmpty ? nil : problems.joined(separator: "; "))
        } catch {
            note("service \(fault.name)", nil, "\(error)")
        }
    }

    private mutating func note(_ name: String, _ seconds: Double?, _ problem: String?) {
        rows.append((name, seconds, problem))
        print(Self.line(name, seconds, problem))
        fflush(nil)
    }

    package func show() {
        print("\ncell                                            recovered in   result")
        for row in rows { print(Self.line(row.name, row.seconds, row.problem)) }
        let failed = rows.count { $0.problem != nil }
        print("\(rows.count) rows, \(failed) failed")
    }

    private static func line(_ name: String, _ seconds: Double?, _ problem: String?) -> String {
        let time = seconds.map { String(Double(Int($0 * 10)) / 10) + " s" } ?? ""
        return name.padding(to: 48) + time.padding(to: 15) + (problem ?? "ok")
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(1, width - count))
    }
}
