import Platform
import Testing

@testable import flowfleet

/// What is refused before anything is asked of the gateway, and what a person declines.
@Suite struct ConsentTests {
    private static let nowhere = ["FLOWFLEET_URL": "http://127.0.0.1:9"]

    private func run(_ line: String, answer: String? = nil) -> (code: ExitCode, printed: Recorder) {
        let recorder = Recorder()
        var console = recorder.console
        if let answer { console.ask = { _ in answer } }
        let shell = Shell(commands: CommandTable.all, console: console)
        return (shell.run(line.split(separator: " ").map(String.init), environment: Self.nowhere), recorder)
    }

    @Test(arguments: [
        "campaign create --all", "session retry s", "session cancel s", "session pause s", "session resume s",
        "delivery replay --state orphaned",
    ])
    func `what changes many things needs a yes, and off a terminal nobody can give it`(line: String) {
        let mute = run(line)
        #expect(mute.code == .usage && mute.printed.notes.contains("--yes does it, --dry-run shows it"))
        #expect(run(line + " --yes").code == .unreachable)
        #expect(run(line + " --dry-run").code == .unreachable)
        #expect(run(line + " --dry-run --yes").code == .usage)
        #expect(run(line, answer: "n").code == .unreachable, "what is asked about is looked up first")
    }

    @Test func `a no is said and is no success`() throws {
        let recorder = Recorder()
        var console = recorder.console
        console.ask = { _ in "n" }
        let bulk = try BulkFlags(Invocation(values: Values(), console: console, environment: [:]))
        #expect(!bulk.agrees("really?"))
        #expect(recorder.notes == "nothing was changed\n")
        var values = Values()
        values.flags["yes"] = [""]
        #expect(try BulkFlags(Invocation(values: values, console: console, environment: [:])).agrees("really?"))
    }

    @Test(arguments: [
        "delivery replay", "delivery replay 12 --state orphaned", "delivery replay 12 --dry-run",
        "session retries s --watch", "session retries s x --watch --cancel", "session retries s x --reason no",
        "session retries s x --status refused", "session retries s x --limit 3", "run start f --timeout 3",
    ])
    func `flags that contradict each other or need another are usage errors`(line: String) {
        #expect(run(line).code == .usage)
    }

    @Test func `what a gateway or a clock says never makes a pause that traps or lasts`() {
        let busy = APIClient.pause(before: 409, "idempotency_key_busy", retryAfter: "3000000", 1, .zero)
        #expect(busy == .seconds(5))
        #expect(APIClient.pause(before: 409, "conflict", retryAfter: "1", 1, .zero) == nil)
        #expect(APIClient.pause(before: 503, nil, retryAfter: "-9", 1, .zero) == .zero)
        let begun = ContinuousClock.now
        _ = Stopwatch.pause(.seconds(-3_000_000))
        #expect(ContinuousClock.now - begun < .seconds(5))
    }

    @Test func `a word is read from a file, and is one`() throws {
        #expect(try Payload.word("abc") == "abc")
        #expect(throws: CommandFailure.self) { try Payload.word("a b") }
        #expect(throws: CommandFailure.self) { try Payload.word("@/nowhere/at/all") }
    }

    @Test func `a session with a retry under way says what is left, and one without runs that it has none`() {
        let ended = SessionView.Counts([("failed", 3)], total: 3, done: 3)
        let line = SessionView.line(ended, 2, nil)
        #expect(line == "[####################] 3 of 3: 3 failed; a retry has 2 runs to revive")
        #expect(SessionView.line(.init([], total: 0, done: 0), 0, nil) == "no run of the session is known yet")
    }
}
