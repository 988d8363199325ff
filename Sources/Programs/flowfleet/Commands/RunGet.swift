import API
import Platform
import Workflow

extension Command {
    static let runGet = Command(
        "run get", "show one run",
        discussion: "Input and output are part of json and jsonl only.",
        operands: [Operand("RUN", "the run's id")],
        examples: ["flowfleet run get $RUN -o json"]
    ) { call throws(CommandFailure) in
        let connections = try Connections(call)
        let reader = connections.reader()
        let run = try asking { () throws(ServiceFailure) in
            var run = try reader.run(call.operand(0))
            guard !run.hasEnded else { return run }
            let tasks = try reader.tasks(of: run)
            let hints = PoolWatch.summary(of: connections.poolWatch()?.note(tasks) ?? tasks)
            run.waiting = run.waiting ?? hints
            return run
        }
        call.printer.one(OutputRecord(run, inList: false))
        return .ok
    }
}
