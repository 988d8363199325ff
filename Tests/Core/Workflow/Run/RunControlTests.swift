import JSON
import Testing

@testable import Workflow

@Suite struct RunControlTests {
    @Test func `a run that is paused again and again keeps a bounded row and loses no time`() throws {
        var run = try Dialogue(chain("a"))
        _ = run.settle()
        run.machine.row.state.control.timeout = 1_000_000_000
        for number in 0..<200 {
            let action: RunCommand.Action = number % 2 == 0 ? .pause : .resume
            let answer = run.command(action, id: "request \(number)")
            #expect(answer == .done)
            _ = run.settle()
        }
        let control = run.machine.row.state.control
        #expect(control.pauses.count == 50)
        #expect(control.requests.count == 100)
        let start = run.machine.row.createdAt
        #expect(control.pausedTime(since: start, until: run.time) == 100 * 1_000_000)
        #expect(run.machine.deadline(at: run.time) == start + 1_000_000_000 + 100_000_000)
        let repeated = run.command(.pause, id: "request 198")
        #expect(repeated == .repeated)
        let folded = run.folded().row.state.control
        #expect(folded == control)
        var writer = JSONWriter()
        control.write(to: &writer)
        #expect(RunControl(reading: JSONValue(trusted: writer.bytes[...])) == control)
    }
}
