public import Platform

extension HTTPServer {
    /// The server every program has: `/metrics`, `/health`, `/livez` and `/readyz`.
    public static func monitoring(
        host: String = "0.0.0.0", port: Int, metrics: MetricsRegistry, health: Health
    ) throws(HTTPServerError) -> HTTPServer {
        try HTTPServer(
            host: host, port: UInt16(clamping: port),
            routes: [
                Route("GET", "/metrics") { _ in
                    Response(
                        200, headers: ["Content-Type": "text/plain; version=0.0.4; charset=utf-8"],
                        body: metrics.text())
                },
                Route("GET", "/health") { _ in Response(health.health()) },
                Route("GET", "/livez") { _ in Response(health.live()) },
                Route("GET", "/readyz") { _ in Response(health.ready()) },
            ])
    }
}

extension HTTPServer.Response {
    init(_ report: Health.Report) {
        self = .json(report.status, report.body)
        headers.add("Cache-Control", "no-store")
    }
}
