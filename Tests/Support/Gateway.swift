import Foundation

/// A gateway of a fleet, and requests to it by curl.
package final class Gateway {
    package let process: FleetProcess
    package let port: UInt16

    package struct Answer: Sendable {
        package let status: Int
        /// Names in lower case.
        package let headers: [String: String]
        package let text: String

        package var json: JSONTree { (try? JSONTree(text: Data(text.utf8))) ?? .null }
        package subscript(_ member: String) -> JSONTree? { json[member] }
        package var items: [JSONTree] { json["items"]?.array ?? [] }
    }

    fileprivate init(_ process: FleetProcess, port: UInt16) {
        self.process = process
        self.port = port
    }

    package func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    /// - `seconds`: how long the answer may take.
    @discardableResult
    package func call(
        _ method: String = "GET", _ path: String, _ body: JSONTree? = nil, headers: [String: String] = [:],
        key: String? = nil, seconds: Double = 15
    ) throws -> Answer {
        var arguments = ["-sS", "-g", "-i", "-m", String(seconds), "-X", method]
        for (name, value) in headers { arguments += ["-H", "\(name): \(value)"] }
        if let key { arguments += ["-H", "Authorization: Bearer \(key)"] }
        if body != nil {
            arguments += ["-H", "Content-Type: application/json", "-H", "Expect:", "--data-binary", "@-"]
        }
        let result = try Command.succeed(
            "curl", arguments + [url(path)], input: body.map { Data($0.text.utf8) })
        return Self.answer(result.text)
    }

    package func get(_ path: String, key: String? = nil) throws -> Answer { try call("GET", path, key: key) }

    private static func answer(_ text: String) -> Answer {
        let parts = text.components(separatedBy: "\r\n\r\n")
        let lines = parts[0].components(separatedBy: "\r\n")
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces)
        }
        return Answer(status: status, headers: headers, text: parts.dropFirst().joined(separator: "\r\n\r\n"))
    }
}

extension Fleet {
    /// Starts one and waits until it answers.
    /// - `port`: where it listens; nil: on a free one.
    package func startGateway(port wanted: UInt16? = nil, settings extra: [String: String] = [:]) throws -> Gateway {
        let (port, metrics) = (wanted ?? FreePort.next(), FreePort.next())
        let own = ["GATEWAY_LISTEN": "127.0.0.1:\(port)", "GATEWAY_METRICS_PORT": String(metrics)]
        let process = try start(
            "gateway", program: Self.products.appendingPathComponent("flowfleet-gateway").path,
            environment: settings.merging(own) { $1 }.merging(extra) { $1 }, metricsPort: metrics)
        let gateway = Gateway(process, port: port)
        let isThere = Waiting.until(20) {
            !process.isRunning
                || ((try? gateway.get("/openapi.json"))?.status == 200 && process.get("/readyz")?.status == 200)
        }
        guard isThere, process.isRunning else {
            throw NotInTime("the gateway does not answer: \(process.logText.suffix(2_000))")
        }
        return gateway
    }
}
