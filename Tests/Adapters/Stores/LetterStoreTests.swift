import JSON
import Platform
import Testing
import Workflow

@testable import Postgres
@testable import Stores

/// Dead letters and fingerprints in a real Postgres.
@Suite(.enabled(if: TestPostgres.isThere, TestPostgres.reason))
struct LetterStoreTests {
    private let bench: LetterBench

    init() throws { bench = try LetterBench() }

    @Test func `a letter that comes twice is one row and counts once`() throws {
        let letters = ["a", "b", "a"].map { bench.letter($0) }
        let first = try bench.store.keep(letters)
        let again = try bench.store.keep(letters)
        let print = try bench.reader.fingerprints(FingerprintFilter())
        #expect(first == 2 && again == 0)
        #expect(try bench.count("dead_letters", "true") == 2)
        #expect(print.map(\.letters) == [2] && print.map(\.open) == [2])
        #expect(print.first?.trend.count == 24 && print.first?.trend.last == 2)
    }

    @Test func `two drainers with the same letters keep each of them once`() throws {
        let other = PostgresLetterStore(bench.settings)
        let letters = (0..<300).map {
            bench.letter("m\($0)", error: "error \($0 % 7) of kind \("abc".dropFirst($0 % 3).prefix(1))")
        }
        _ = try bench.store.keep(letters)
        let new = try other.keep(letters.reversed())
        #expect(new == 0)
        #expect(try bench.count("dead_letters", "true") == 300)
        #expect(try bench.count("fingerprints", "true") == 3)
    }

    @Test func `a letter whose task was revived before it arrived is kept as redriven`() throws {
        try bench.addRun("r", task: "failed", attempts: 2, base: 1)
        _ = try bench.store.keep([
            bench.letter("old", run: "r", attempts: 1), bench.letter("new", run: "r", attempts: 2),
        ])
        let states = try bench.reader.letters(LetterSelection(), state: nil, before: nil, limit: 10)
        #expect(states.map { "\($0.messageID) \($0.state)" }.sorted() == ["new open", "old redriven"])
        try bench.sql("UPDATE task_execution_history SET attempt_base = 2")
        try bench.store.settle()
        #expect(try bench.count("dead_letters", "state = 'open'") == 0)
    }

    @Test func `the letter of a task that degraded waits for nobody and says why`() throws {
        try bench.addRun("r", task: "degraded", attempts: 1, base: 0)
        let new = try bench.store.keep([
            bench.letter("gone", run: "r", attempts: 1), bench.letter("other", run: "s", attempts: 1),
        ])
        let kept = try bench.reader.letter("gone")
        let open = try bench.store.openLetters()
        #expect(new == 2)
        #expect(kept?.state == "discarded" && kept?.closedBy == "flowfleet-drainer" && kept?.closedAt != nil)
        #expect(kept?.closedReason?.contains("degraded") == true)
        #expect(open.count == 1)
    }

    @Test func `lists go page by page and by every condition`() throws {
        _ = try bench.store.keep(
            (0..<10).map { bench.letter("m\($0)", run: "r\($0 % 2)", handler: $0 < 5 ? "http" : "mail") })
        var selection = LetterSelection()
        selection.handler = "http"
        let first = try bench.reader.letters(selection, state: "open", before: nil, limit: 3)
        let second = try bench.reader.letters(selection, state: "open", before: first.last?.id, limit: 3)
        #expect(first.count == 3 && second.count == 2)
        #expect((first + second).map(\.id) == (first + second).map(\.id).sorted(by: >))
        (selection.runID, selection.tenantID, selection.flowID) = ("r1", "t", "f")
        (selection.sessionID, selection.reason, selection.since) = ("s", "permanent", 0)
        selection.until = .max - 1
        let narrow = try bench.reader.letters(selection, state: "open", before: nil, limit: 10)
        #expect(narrow.count == 2)
        let shown = try bench.reader.letter(String(first[0].id))
        #expect(shown?.messageID == first[0].messageID && shown?.task == Array(#"{"inputs": {}}"#.utf8)[...])
    }

    @Test func `a discarded letter keeps who and why, once`() throws {
        _ = try bench.store.keep([bench.letter("m")])
        let wish = Wish(requestID: "q1", actor: "ada", reason: "test data")
        let first = try bench.reader.discard("m", wish)
        let second = try bench.reader.discard("m", Wish(requestID: "q2"))
        let letter = try bench.reader.letter("m")
        #expect(first && !second)
        #expect(letter?.state == "discarded" && letter?.closedBy == "ada" && letter?.closedReason == "test data")
        #expect(try bench.count("audit_log", "action = 'dead_letter_discard' AND request_id = 'q1'") == 1)
    }

    @Test func `a fingerprint keeps its note, owner and mute`() throws {
        _ = try bench.store.keep([bench.letter("m")])
        let id = try bench.reader.fingerprints(FingerprintFilter())[0].fingerprint
        let wish = Wish(requestID: "q", actor: "ada")
        _ = try bench.reader.annotate(id, .init(note: "proxy", owner: "ada", isMuted: true), wish)
        let hidden = try bench.reader.fingerprints(FingerprintFilter())
        _ = try bench.reader.annotate(id, .init(owner: "", isMuted: false), Wish(requestID: "q2"))
        let shown = try bench.reader.fingerprint(id)
        #expect(hidden.isEmpty)
        #expect(shown?.note == "proxy" && shown?.owner == nil && shown?.isMuted == false)
    }

    @Test func `what jsonb and text can hold is kept, and open letters are counted by reason`() throws {
        var raw = bench.letter("raw")
        (raw.letter.value, raw.letter.task) = ([0, 0xFF][...], nil)
        raw.letter.reason = Array("undecodable".utf8)
        _ = try bench.store.keep([raw, bench.letter("m")])
        let open = try bench.store.openLetters()
        let shown = try bench.reader.letter("raw")
        #expect(open.shares.map { "\($0.reason) \($0.count)" } == ["permanent 1", "undecodable 1"])
        #expect(open.count == 2 && open.oldestSeconds >= 0)
        #expect(shown?.value == [0, 0xFF][...])
    }
}

/// A database with the schema, and letters for it.
final class LetterBench {
    private let database: ScratchDatabase
    private let connection: PostgresConnection
    let store: PostgresLetterStore
    let reader: PostgresLetterReader

    var settings: PostgresSettings { database.settings }

    init() throws {
        database = try ScratchDatabase()
        _ = try Migrator(database.settings).migrate()
        connection = try database.connect()
        store = PostgresLetterStore(database.settings)
        reader = PostgresLetterReader(PostgresAccess(database.settings))
    }

    func letter(
        _ id: String, run: String = "r", task: String = "t", handler: String = "http", attempts: Int = 1,
        reason: String = "permanent", error: String = "no answer after 12 ms"
    ) -> KeptLetter {
        var reader = LetterReader(topic: "dlq")
        let time = String(decoding: Timestamp.text(Self.now), as: UTF8.self)
        let value = """
            {"message_id":"\(id)","kind":"task","reason":"\(reason)","run_id":"\(run)","task_id":"\(task)",
             "handler":"\(handler)","attempts":\(attempts),"error":"\(error)","error_class":"permanent",
             "failed_at":"\(time)","session_id":"s","tenant_id":"t","flow_id":"f","task":{"inputs":{}}}
            """
        let letter = reader.read(LetterRecord(partition: 0, offset: 0, value: Array(value.utf8)[...], time: 0))
        return KeptLetter(letter, Fingerprint(of: letter))
    }

    private static var now: Microseconds { SystemTime().wall }

    /// A run with one task, as a lane would leave them.
    func addRun(_ id: String, status: String = "failed", task: String, attempts: Int, base: Int = 0) throws {
        let isOver = ["completed", "failed", "cancelled"].contains(status)
        try sql(
            """
            INSERT INTO flow_run_history (run_id, flow_id, tenant_id, user_id, correlation_id, status, created_at,
                updated_at, completed_at, session_id, lane, batch, config_snapshot)
            VALUES ('\(id)', 'f', 't', 'u', 'c', '\(status)', now(), now(), \(isOver ? "now()" : "NULL"),
                's', 0, 1, '{}');
            INSERT INTO task_execution_history (run_id, task_id, handler, status, attempts, created_at, updated_at,
                batch, stage_order, attempt_base)
            VALUES ('\(id)', 't', 'http', '\(task)', \(attempts), now(), now(), 1, 0, \(base))
            """)
    }

    func sql(_ text: String) throws { try connection.execute(text) }

    func count(_ table: String, _ condition: String) throws -> Int {
        try connection.execute("SELECT count(*) FROM \(table) WHERE \(condition)")[0][0].int(0) ?? -1
    }
}
