import Foundation
import Platform
import Testing

@testable import flowfleet

@Suite struct CommandTableTests {
    static let page = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().appendingPathComponent("../../../docs/reference/cli.md").standardized

    @Test func `the reference page is the one the command table gives`() throws {
        let written = try String(contentsOf: Self.page, encoding: .utf8)
        let generated = Help(commands: CommandTable.all).referencePage
        #expect(written == generated, "swift run flowfleet help --reference > docs/reference/cli.md")
    }

    @Test func `every command has its own words, and flags that differ from each other`() {
        let names = CommandTable.all.map(\.name)
        let doubled = CommandTable.all.filter { Set($0.allFlags.map(\.name)).count < $0.allFlags.count }.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(doubled.isEmpty)
    }

    @Test func `exit codes are those of the contract`() {
        let codes = ExitCode.allCases.map(\.rawValue)
        #expect(codes == [0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 78])
    }

    @Test func `help of every command names its operands and flags`() {
        let help = Help(commands: CommandTable.all)
        for command in CommandTable.all {
            let page = help.text(for: command.words)
            let names = command.operands.map(\.name) + command.allFlags.map(\.spelling)
            #expect(names.allSatisfy { page.contains($0) }, "\(command.name)")
        }
    }
}

@Suite struct ShellTests {
    func run(_ words: String..., environment: [String: String] = [:]) -> (ExitCode, Recorder) {
        let recorder = Recorder()
        let shell = Shell(commands: CommandTable.all, console: recorder.console)
        return (shell.run(words, environment: environment), recorder)
    }

    @Test func `help is data, and mistakes are notes`() {
        let (helped, help) = run("run", "--help")
        let (failed, mistake) = run("flow", "aply", "x.json")
        #expect(helped == .ok && help.notes.isEmpty && help.data.contains("run start"))
        #expect(failed == .usage && mistake.data.isEmpty && mistake.notes.contains("flow apply"))
    }

    @Test func `a request without a flow is a usage error`() {
        let (code, printed) = run("run", "start", "--input", "{}")
        #expect(code == .usage)
        #expect(printed.notes.contains("which flow?"))
    }

    @Test func `two names for one flow are a usage error`() {
        let (code, _) = run("run", "start", "one", "--flow", "two")
        #expect(code == .usage)
    }

    @Test func `an invalid input is refused before anything is sent`() {
        let (code, printed) = run("run", "start", "some-flow", "--input", "{\"a\":")
        #expect(code == .invalid)
        #expect(printed.notes.contains("input"))
    }

    @Test func `nobody at the gateway's address is unreachable within two seconds`() {
        let start = ContinuousClock.now
        let (code, printed) = run("flow", "list", environment: ["FLOWFLEET_URL": "http://127.0.0.1:9"])
        let took = ContinuousClock.now - start
        #expect(code == .unreachable)
        #expect(printed.notes.contains("no gateway answers at http://127.0.0.1:9"))
        #expect(took < .seconds(2))
    }

    @Test func `nobody at the database's address is unreachable, and the password stays secret`() {
        let url = "postgresql://someone:s3cret@127.0.0.1:1/nowhere"
        let (code, printed) = run("admin", "keys", "list", environment: ["ORCHESTRATOR_DATABASE_URL": url])
        #expect(code == .unreachable)
        #expect(printed.notes.contains("127.0.0.1:1"))
        #expect(!printed.notes.contains("s3cret"))
    }

    @Test func `a column that is none is told before anybody is asked`() {
        let nowhere = ["FLOWFLEET_URL": "http://127.0.0.1:9"]
        let (code, printed) = run("run", "list", "--columns", "run_id,flow", environment: nowhere)
        #expect(code == .usage)
        #expect(printed.notes.contains("runs have no column flow") && printed.notes.contains("flow_id,"))
    }

    @Test func `bad settings are named together`() {
        let (code, printed) = run(
            "admin", "topics", environment: ["ORCHESTRATOR_LANES": "none", "ORCHESTRATOR_TASK_PARTITIONS": "-1"])
        #expect(code == .badSettings)
        #expect(printed.notes.contains("ORCHESTRATOR_LANES") && printed.notes.contains("ORCHESTRATOR_TASK_PARTITIONS"))
    }
}
