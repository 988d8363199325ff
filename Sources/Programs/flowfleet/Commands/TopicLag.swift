import Platform

extension Command {
    static let topicLag = Command(
        "topic lag", "show for each partition how far its consumers are behind",
        discussion: """
            `end` is where the next record goes, `committed` how far the group has said that it is, `lag` what lies
            between. Lanes say it about once a second, executors as tasks end; what nobody has read yet has no
            `committed`, and everything that is still there is its lag.
            """,
        operands: [Operand("TOPIC", "only this topic", optional: true)],
        flags: [Flag("behind", nil, "only partitions with a lag")], columns: [.lag],
        examples: ["flowfleet topic lag", "flowfleet topic lag task_queue --behind -o jsonl"]
    ) { call throws(CommandFailure) in
        let printer = try call.printer(.lag)
        let answer = try APIClient(call).get(APIPath("topics", "lag").with("topic", call.values.operand(0)))
        let rows = answer.object.objects("items").filter { !call.values.isSet("behind") || $0.int("lag") ?? 0 > 0 }
        printer.list(rows.map { OutputRecord($0) }, empty: "nothing is behind")
        return .ok
    }
}
