import Foundation

/// A load of runs with effects that can be counted: half the tasks call a ledger over HTTP, outside the product.
package final class Load {
    private let fleet: Fleet
    private let ledgerFile: URL
    private let ledgerPort = FreePort.next()
    private var count = 0
    package private(set) var expected = ExpectedHistory(runs: [:])

    /// Writes `run/task` of each call to a file before it answers.
    private static let server = """
        import sys
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
        ledger = open(sys.argv[2], "a", buffering=1)
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                ledger.write(self.path[1:] + "\\n")
                body = b'{"noted":true}'
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def log_message(self, *arguments):
                pass
        class Server(ThreadingHTTPServer):
            request_queue_size = 1024
            daemon_threads = True
        Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
        """

    package init(_ fleet: Fleet) throws {
        self.fleet = fleet
        ledgerFile = fleet.folder.appendingPathComponent("ledger")
        try fleet.start(
            "ledger", program: "/usr/bin/env",
            arguments: ["python3", "-c", Self.server, String(ledgerPort), ledgerFile.path])
        let port = ledgerPort
        guard Waiting.until(10, { FreePort.isTaken(port) }) else { throw NotInTime("the ledger does not answer") }
    }

    /// Asks for more runs: `a` → `b`, `c` → `d` → `e`; `b`, `c` and `e` are noted in the ledger.
    /// - `failing`: every fifth run fails once and is tried again, every tenth is given up instead; some take
    ///   long enough to be held where that begins after a second.
    package func add(_ runs: Int, failing: Bool = false) throws {
        var events: [JSONTree] = []
        for number in count..<(count + runs) {
            let id = "load\(number)"
            if failing, number % 5 == 0 {
                events.append(number % 10 == 0 ? givenUp(id) : triedAgain(id))
                continue
            }
            if failing, number % 15 == 7 {
                events.append(long(id))
                continue
            }
            events.append(Flows.request(id, flow: definition(id), input: ["n": .number(Double(number))]))
            expected.runs[id] = .completed(["a", "b", "c", "d", "e"], output: ["n": .number(Double(number))])
        }
        count += runs
        try fleet.produce(events)
    }

    /// Asks for straight chains of calls, each noted in the ledger, and giving on what the one before it was given.
    package func addChains(_ runs: Int, of length: Int) throws {
        var events: [JSONTree] = []
        let ids = (0..<length).map { "t\($0)" }
        for number in count..<(count + runs) {
            let run = "chain\(number)"
            let tasks = ids.enumerated().map { place, id in
                guard place > 0 else { return call(run, id, after: [], body: "x") }
                let before = ids[place - 1]
                return call(run, id, after: [before], body: "${tasks.\(before).output.body.noted}")
            }
            let flow = Flows.flow(tasks, output: ["status": .string("${tasks.\(ids[length - 1]).output.status}")])
            events.append(Flows.request(run, flow: flow))
            expected.runs[run] = .completed(ids, output: ["status": 200])
        }
        count += runs
        try fleet.produce(events)
    }

    /// Fails twice with something that passes, then comes through.
    private func triedAgain(_ id: String) -> JSONTree {
        expected.runs[id] = .init(
            status: "completed", tasks: ["a": "succeeded", "b": "succeeded"], attempts: ["a": 3])
        let retry: [String: JSONTree] = ["retry": ["delays": [0.2, 0.3]], "max_retries": 3]
        let fail = Flows.task("a", "fail", inputs: ["times": 2, "error": "connection refused"], more: retry)
        return Flows.request(id, flow: Flows.flow([fail, Flows.task("b", after: ["a"])]))
    }

    private func long(_ id: String) -> JSONTree {
        expected.runs[id] = .init(status: "completed", tasks: ["a": "succeeded", "b": "succeeded"])
        expected.runs[id]?.mayBeLost = ["a"]
        let sleep = Flows.task("a", "sleep", inputs: ["ms": 2_500])
        return Flows.request(id, flow: Flows.flow([sleep, Flows.task("b", after: ["a"])]))
    }

    /// Fails for good after one retry: a failed run and a dead letter.
    private func givenUp(_ id: String) -> JSONTree {
        expected.runs[id] = .init(status: "failed", tasks: ["a": "failed", "b": "skipped"], attempts: ["a": 2])
        expected.deadLetters.insert("dl/\(id)/a/1")
        let retry: [String: JSONTree] = ["retry": ["delays": [0.1]], "max_retries": 1]
        let fail = Flows.task("a", "fail", inputs: ["error": "connection refused"], more: retry)
        return Flows.request(id, flow: Flows.flow([fail, Flows.task("b", after: ["a"])]))
    }

    package var ledger: [String] {
        get throws { try String(contentsOf: ledgerFile, encoding: .utf8).split(separator: "\n").map(String.init) }
    }

    package var asked: Int { count }

    private func definition(_ run: String) -> JSONTree {
        func call(_ task: String, after: [String]) -> JSONTree { self.call(run, task, after: after, body: "x") }
        return Flows.flow(
            [
                Flows.task("a", inputs: ["n": "${input.n}"]), call("b", after: ["a"]), call("c", after: ["a"]),
                Flows.task(
                    "d", "sleep", after: ["b", "c"], inputs: ["ms": 10, "output": ["n": "${tasks.a.output.n}"]]),
                call("e", after: ["d"]),
            ], output: ["n": "${tasks.d.output.n}"])
    }

    private func call(_ run: String, _ task: String, after: [String], body: String) -> JSONTree {
        let url = "http://127.0.0.1:\(ledgerPort)/\(run)/\(task)"
        return Flows.task(
            task, "http", after: after,
            inputs: ["url": .string(url), "method": "POST", "body": .string(body)])
    }
}
