import BenchReport
import Foundation
import TestSupport

/// What wrk asks a server for, and what it found: so many connections, each asking again as soon as it is answered, or
/// after a pause.
struct WebLoad {
    let method: String
    /// One after the other, from the first again.
    let paths: [String]
    var body: String?
    var connections = 64
    /// Milliseconds that a connection waits before it asks again.
    var pause = 0.0

    struct Found: Decodable {
        let requests: Int
        let seconds: Double
        /// Answers that did not come, or were not a success.
        let errors: Int
        /// Of all answers, heads included.
        let bytes: Int
        /// In milliseconds.
        let p50: Double
        let p99: Double

        var perSecond: Double { seconds > 0 ? Double(requests) / seconds : 0 }
    }

    func run(at address: String, seconds: Double, in folder: URL) throws -> Found {
        let script = folder.appendingPathComponent("load.lua")
        let list = folder.appendingPathComponent("load.paths")
        try paths.joined(separator: "\n").write(to: list, atomically: true, encoding: .utf8)
        try text(list.path).write(to: script, atomically: true, encoding: .utf8)
        let whole = max(1, Int(seconds.rounded()))
        let result = try Command.run(
            "wrk", ["-t", "1", "-c", String(connections), "-d", "\(whole)s", "-s", script.path, address])
        guard let line = result.lines.last(where: { $0.hasPrefix("{") }),
            let found = try? JSONDecoder().decode(Found.self, from: Data(line.utf8))
        else { throw BenchError("wrk ended with \(result.status): \(result.text)\(result.errors)") }
        guard found.errors == 0 else {
            throw BenchError("\(method) \(paths[0]): \(found.errors) of \(found.requests) failed")
        }
        return found
    }

    private func text(_ list: String) -> String {
        """
        wrk.method = "\(method)"
        wrk.headers["Content-Type"] = "application/json"
        \(body.map { "wrk.body = [==[\($0)]==]" } ?? "")
        local paths, next = {}, 0
        for line in io.lines("\(list)") do paths[#paths + 1] = line end
        request = function()
           next = next % #paths + 1
           return wrk.format(nil, paths[next])
        end
        \(pause > 0 ? "delay = function() return \(Int(pause)) end" : "")
        done = function(summary, latency, requests)
           local e = summary.errors
           print(string.format('{"requests":%d,"seconds":%f,"errors":%d,"bytes":%d,"p50":%f,"p99":%f}',
              summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
              summary.bytes, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
        end
        """
    }
}
