/// Requests and flow definitions as tests write them.
package enum Flows {
    /// The smallest request with a definition of its own.
    package static func request(
        _ runID: String, flow: JSONTree, flowID: String = "inline", input: JSONTree? = nil
    ) -> JSONTree {
        var event: [String: JSONTree] = [
            "event_type": "flow_run_requested", "run_id": .string(runID), "flow_id": .string(flowID),
            "flow_definition": flow,
        ]
        event["input"] = input
        return .object(event)
    }

    package static func task(
        _ id: String, _ handler: String = "echo", after: [String] = [], inputs: JSONTree? = nil,
        more: [String: JSONTree] = [:]
    ) -> JSONTree {
        var task: [String: JSONTree] = ["task_id": .string(id), "handler": .string(handler)]
        if !after.isEmpty { task["depends_on"] = .array(after.map { .string($0) }) }
        task["inputs"] = inputs
        return .object(task.merging(more) { $1 })
    }

    package static func flow(_ tasks: [JSONTree], output: JSONTree? = nil) -> JSONTree {
        var flow: [String: JSONTree] = ["tasks": .array(tasks)]
        flow["output"] = output
        return .object(flow)
    }

    /// `t0` → `t1` → …; each carries the first one's number one further.
    package static func chain(_ length: Int, handler: String = "echo") -> JSONTree {
        flow(
            (0..<length).map { index in
                index == 0
                    ? task("t0", handler, inputs: ["n": "${input.n ?? 0}", "path": "t0"])
                    : task(
                        "t\(index)", handler, after: ["t\(index - 1)"],
                        inputs: [
                            "n": .string("${tasks.t\(index - 1).output.n}"), "path": .string("t\(index)"),
                        ])
            },
            output: [
                "n": .string("${tasks.t\(length - 1).output.n}"),
                "last": .string("${tasks.t\(length - 1).output.path}"),
            ])
    }

    /// `source` → `width` tasks → `join`.
    package static func fanOut(_ width: Int, handler: String = "echo") -> JSONTree {
        let middle = (0..<width).map { "m\($0)" }
        return flow(
            [task("source", inputs: ["n": "${input.n ?? 7}"])]
                + middle.enumerated().map { index, id in
                    task(
                        id, handler, after: ["source"],
                        inputs: ["n": "${tasks.source.output.n}", "index": .number(Double(index))])
                }
                + [
                    task(
                        "join", after: middle,
                        inputs: ["all": .array(middle.map { .string("${tasks.\($0).output.index}") })])
                ], output: ["all": "${tasks.join.output.all}"])
    }

    /// Two diamonds, one after the other.
    package static let twoDiamonds: JSONTree = flow(
        [
            task("a", inputs: ["v": "a"]), task("b", after: ["a"], inputs: ["v": "${tasks.a.output.v}b"]),
            task("c", after: ["a"], inputs: ["v": "${tasks.a.output.v}c"]),
            task("d", after: ["b", "c"], inputs: ["v": "${tasks.b.output.v}+${tasks.c.output.v}"]),
            task("e", after: ["d"], inputs: ["v": "${tasks.d.output.v}e"]),
            task("f", after: ["d"], inputs: ["v": "${tasks.d.output.v}f"]),
            task("g", after: ["e", "f"], inputs: ["v": "${tasks.e.output.v}|${tasks.f.output.v}"]),
        ], output: ["v": "${tasks.g.output.v}"])
}
