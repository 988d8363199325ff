import Platform
import Testing

@testable import flowfleet

/// What a command line means, without doing it.
@Suite struct ArgumentsTests {
    static let table = [
        Command(
            "run start", "start", operands: [Operand("FLOW", "flow", optional: true)],
            flags: [
                Flag("flow", "ID", "flow"), Flag("label", "K=V", "label", repeats: true), Flag("wait", nil, "wait"),
                Flag("version", "N", "version"),
            ], columns: [.runs]
        ) { _ in .ok },
        Command("run get", "get", operands: [Operand("RUN", "run")]) { _ in .ok },
        Command("dev-broker", "broker") { _ in .ok },
    ]

    func values(_ words: String...) throws(CommandFailure) -> Values {
        guard case .run(_, let values) = try Arguments(commands: Self.table).parse(words) else { return Values() }
        return values
    }

    func help(_ words: String...) throws(CommandFailure) -> [String]? {
        guard case .help(let names) = try Arguments(commands: Self.table).parse(words) else { return nil }
        return names
    }

    func failure(_ words: String...) -> CommandFailure? {
        do throws(CommandFailure) {
            _ = try Arguments(commands: Self.table).parse(words)
            return nil
        } catch {
            return error
        }
    }

    @Test func `flags and operands may stand in any order`() throws {
        let values = try values("run", "start", "--flow", "a", "b", "--label=x=1", "--label", "y=2", "-ojson")
        let labels = try values.pairs("label").map { [$0.key, $0.value] }
        #expect(values.operands == ["b"])
        #expect(values.text("flow") == "a")
        #expect(values.text("output") == "json")
        #expect(labels == [["x", "1"], ["y", "2"]])
    }

    @Test func `flags of many commands may stand before the words`() throws {
        let values = try values("-o", "json", "--profile=x", "run", "start", "--flow", "a")
        #expect(values.text("output") == "json" && values.text("profile") == "x" && values.text("flow") == "a")
        let own = failure("--flow", "a", "run", "start")
        #expect(own?.code == .usage && own?.message == "no command stands behind --flow")
        #expect(failure("-o", "json")?.code == .usage)
        #expect(failure("-o", "json", "run", "strat")?.advice == "did you mean: flowfleet run start")
    }

    @Test func `a flag that would mean nothing is refused`() throws {
        let all = Arguments(commands: CommandTable.all)
        let meaningless = [
            "session watch s --columns x", "run result r -o jsonl", "run wait r -o json", "run list --timeout 1s",
            "admin keys revoke k -o json", "completion bash --profile x", "flow validate f --timeout 1",
        ]
        for line in meaningless {
            #expect(throws: CommandFailure.self, "\(line)") {
                try all.parse(line.split(separator: " ").map(String.init))
            }
        }
        let meant = [
            "run watch r -o jsonl --timeout 1", "run wait r --timeout 1 --profile x", "run list --columns run_id",
        ]
        for line in meant { _ = try all.parse(line.split(separator: " ").map(String.init)) }
    }

    @Test func `two dashes end the flags and one dash is an operand`() throws {
        let ended = try values("run", "get", "--", "--odd-id")
        let dash = try values("run", "get", "-")
        #expect(ended.operands == ["--odd-id"])
        #expect(dash.operands == ["-"])
    }

    @Test func `a value may begin with a dash`() throws {
        let values = try values("run", "start", "--flow", "-1")
        #expect(values.text("flow") == "-1")
    }

    @Test(arguments: [
        (["run", "strat"], "did you mean: flowfleet run start"),
        (["rnu", "start"], "did you mean: flowfleet run start"),
        (["dev-borker"], "did you mean: flowfleet dev-broker"),
        (["run", "start", "--flwo", "x"], "did you mean: --flow"),
        (["run", "start", "--out", "json"], "flowfleet run start --help"),
        (["quux"], "flowfleet --help lists all"),
    ])
    func `a typing error names what was probably meant`(words: [String], advice: String) {
        var found: CommandFailure?
        do throws(CommandFailure) { _ = try Arguments(commands: Self.table).parse(words) } catch { found = error }
        #expect(found?.code == .usage)
        #expect(found?.advice == advice)
    }

    @Test func `what is missing, doubled or too much is a usage error`() {
        let failures = [
            failure("run", "get"), failure("run", "get", "a", "b"), failure("run", "start", "--flow"),
            failure("run", "start", "--wait=1"), failure("run", "start", "--flow", "a", "--flow", "b"),
            failure("run", "get", "a", "-o", "yaml"), failure("--frobnicate"), failure("run", "--wait"),
        ]
        let codes = failures.map { $0?.code }
        #expect(codes == Array(repeating: .usage, count: failures.count))
    }

    @Test func `help is found wherever it is asked for`() throws {
        let answers = [
            try help(), try help("--help"), try help("run"), try help("run", "--help"), try help("help", "run", "get"),
            try help("run", "get", "--help"), try help("run", "start", "--flow", "x", "-h"),
        ]
        #expect(answers == [[], [], ["run"], ["run"], ["run", "get"], ["run", "get"], ["run", "start"]])
    }

    @Test(arguments: [
        ("30", 30.0), ("500ms", 0.5), ("45s", 45), ("1.5m", 90), ("1h", 3600), ("0", 0),
    ])
    func `a time is a number with or without a unit`(text: String, seconds: Double) {
        let duration = Values.duration(text)
        #expect(duration == .seconds(seconds))
    }

    @Test(arguments: ["", "s", "-1", "1d", "nan", "inf", "1e300h", "0x10"])
    func `what is no time is refused`(text: String) {
        let duration = Values.duration(text)
        #expect(duration == nil)
    }
}
