@testable import Postgres

/// Rows shaped like those of a task table, for tests and for measuring.
final class TaskRows {
    let scratch: Scratch
    private let columns: [PostgresArrayBuilder]
    private let insert: PostgresStatement
    private var runs = 0

    private static let types: [PostgresType] = [
        .text, .text, .text, .text, .int4, .jsonb, .text, .int8, .int8, .text, .timestamptz, .timestamptz,
    ]

    init() throws {
        scratch = try Scratch(
            """
            run_id text, task_id text, handler text, status text, attempts int4, output_data jsonb, error_class text,
            execution_time_ms int8, batch int8, worker_id text, started_at timestamptz, completed_at timestamptz,
            PRIMARY KEY (run_id, task_id)
            """)
        columns = TaskRows.types.map { PostgresArrayBuilder($0) }
        let places = (1...12).map { "$\($0)" }.joined(separator: ", ")
        insert = PostgresStatement(
            "rows_\(scratch.name)", TaskRows.types.map { .array($0) },
            sql: "INSERT INTO \(scratch.name) SELECT * FROM unnest(\(places))")
    }

    private var rows = 0
    func fill(_ rows: Int) { self.rows = rows }

    func commit() -> PostgresOutcome {
        build()
        scratch.connection.begin()
        scratch.connection.add(insert, columns.map { .array($0) })
        scratch.connection.send()
        return scratch.connection.finish()
    }

    private func build() {
        for column in columns { column.clear() }
        runs += 1
        let run = Array("run-\(runs)".utf8)
        let output = Array(#"{"n":1,"text":"\#(String(repeating: "x", count: 100))"}"#.utf8)
        for row in 0..<rows {
            columns[0].append(run)
            columns[1].append("task-\(row)")
            columns[2].append("echo")
            columns[3].append("succeeded")
            columns[4].append(1)
            columns[5].append(output)
            columns[6].appendNull()
            columns[7].append(1500)
            columns[8].append(runs)
            columns[9].append("worker-1")
            columns[10].append(unixMicroseconds: 1_795_262_400_000_000)
            columns[11].append(unixMicroseconds: 1_795_262_400_000_000)
        }
    }
}
