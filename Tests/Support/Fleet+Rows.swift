import Foundation

/// What Postgres holds, read through psql: the rows as they are, judged by nothing of the product.
extension Fleet {
    package func rows<Row: Decodable>(_ query: String, as type: Row.Type = Row.self) throws -> [Row] {
        let result = try Command.succeed(
            "psql", ["-XqAtd", database, "-f", "-"],
            input: Data("select coalesce(json_agg(found), '[]') from (\(query)) as found".utf8))
        return try JSONDecoder().decode([Row].self, from: Data(result.output))
    }

    /// The one number a query gives; nil while Postgres does not answer.
    package func number(_ query: String) -> Int? {
        guard let result = try? Command.run("psql", ["-XqAtd", database, "-c", query]), result.status == 0 else {
            return nil
        }
        return Int(result.text.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// The lines a query gives; none while Postgres does not answer.
    package func texts(_ query: String) throws -> [String] {
        try Command.succeed("psql", ["-XqAtd", database, "-c", query]).text.split(separator: "\n").map(String.init)
    }

    package func execute(_ statement: String) throws {
        try Command.succeed("psql", ["-Xqd", database, "-v", "ON_ERROR_STOP=1", "-c", statement])
    }

    package func run(_ runID: String) throws -> RunRow? {
        try rows("select * from flow_run_history where run_id = \(quoted(runID))", as: RunRow.self).first
    }

    package func tasks(of runID: String) throws -> [String: TaskRow] {
        let found = try rows(
            "select * from task_execution_history where run_id = \(quoted(runID))", as: TaskRow.self)
        return Dictionary(uniqueKeysWithValues: found.map { ($0.task_id, $0) })
    }

    package func quoted(_ text: String) -> String { "'" + text.replacingOccurrences(of: "'", with: "''") + "'" }

    // MARK: Waiting

    package static let ended = "status in ('completed', 'failed', 'cancelled')"

    /// Waits until this many runs have ended, and gives how long that took.
    @discardableResult
    package func waitForRuns(_ count: Int, seconds: Double = 60, where condition: String = "true") throws -> Double {
        let began = ContinuousClock.now
        let query = "select count(*) from flow_run_history where \(Self.ended) and (\(condition))"
        guard Waiting.until(seconds, every: 0.1, { number(query) ?? 0 >= count }) else {
            let states = try? rows("select status, count(*) from flow_run_history group by 1", as: JSONTree.self)
            throw NotInTime(
                "\(number(query) ?? -1) of \(count) runs ended within \(seconds) s; now \((states ?? []).map(\.text))"
            )
        }
        return (ContinuousClock.now - began).seconds
    }

    @discardableResult
    package func waitForRun(_ runID: String, seconds: Double = 30) throws -> RunRow {
        var found: RunRow?
        let hasEnded = try Waiting.until(seconds) {
            found = try run(runID)
            return found?.hasEnded ?? false
        }
        guard hasEnded, let found else {
            throw NotInTime("run \(runID) is \(found?.status ?? "unknown") after \(seconds) s")
        }
        return found
    }

    /// Waits until a query gives at least this number.
    package func wait(for query: String, atLeast number: Int, seconds: Double = 30) throws {
        guard Waiting.until(seconds, { self.number(query) ?? -1 >= number }) else {
            throw NotInTime("\(query) gives \(self.number(query) ?? -1), not \(number), after \(seconds) s")
        }
    }
}

extension Duration {
    package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
