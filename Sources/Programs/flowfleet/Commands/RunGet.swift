import API
import Platform

extension Command {
    static let runGet = Command(
        "run get", "show one run",
        discussion: "Input and output are part of json and jsonl only.",
        operands: [Operand("RUN", "the run's id")],
        examples: ["flowfleet run get $RUN -o json"]
    ) { call throws(CommandFailure) in
        let reader = try Connections(call).reader()
        let run = try asking { () throws(ServiceFailure) in try reader.run(call.operand(0)) }
        call.printer.one(OutputRecord(run, inList: false))
        return .ok
    }
}
