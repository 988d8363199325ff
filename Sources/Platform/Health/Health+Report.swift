extension Health {
    /// An answer to one of the paths, without the wire around it.
    public struct Report: Sendable {
        public let status: Int
        /// JSON.
        public let body: [UInt8]
    }

    /// `/health`: 200 when everything required is up, else 503; the body says which dependency is how, since when and
    /// why.
    public func health() -> Report {
        let state = read()
        let dependencies = state.order.compactMap { name in state.dependencies[name].map { (name, $0) } }
        let isWhole = dependencies.allSatisfy { $0.1.condition == .up }
        let word = isHealthy ? (isWhole ? "ok" : "degraded") : "unavailable"
        let parts = dependencies.map { name, it in
            let why = it.sentence.isEmpty ? "" : ",\"reason\":\(Health.quoted(it.sentence))"
            return "\(Health.quoted(name)):{\"status\":\"\(it.condition.rawValue)\",\"required\":\(it.isRequired),"
                + "\"since\":\"\(RFC3339.text(it.since))\"\(why)}"
        }
        let body =
            "{\"status\":\"\(word)\",\"program\":\(Health.quoted(program)),\"stopping\":\(state.isStopping),"
            + "\"dependencies\":{\(parts.joined(separator: ","))}}\n"
        return Report(status: isHealthy ? 200 : 503, body: Array(body.utf8))
    }

    /// `/readyz`: 200 when it can do its work now.
    public func ready() -> Report {
        let word = isReady ? "ready" : read().isStopping ? "stopping" : "waiting"
        return Report(status: isReady ? 200 : 503, body: Array("{\"status\":\"\(word)\"}\n".utf8))
    }

    /// `/livez`: 503 only when a loop is stuck, so that whoever watches restarts the process; never for a dependency.
    public func live() -> Report {
        let stuck = stuckLoops
        let names = stuck.map(Health.quoted).joined(separator: ",")
        let word = stuck.isEmpty ? "alive" : "stuck"
        return Report(
            status: stuck.isEmpty ? 200 : 503, body: Array("{\"status\":\"\(word)\",\"stuck\":[\(names)]}\n".utf8))
    }

    private static func quoted(_ text: String) -> String {
        var line: [UInt8] = []
        LogLine.quote(text, &line)
        return String(decoding: line, as: UTF8.self)
    }
}
