import CPostgres

/// Reads a connection URL by libpq's own rules.
enum ConnectionInfo {
    static func place(of url: String) -> String {
        guard let values = values(of: url) else { return "unreadable database URL" }
        let host = values["host"] ?? values["hostaddr"] ?? "local socket"
        return "\(host):\(values["port"] ?? "5432")/\(values["dbname"] ?? values["user"] ?? "")"
    }

    static func isReadable(_ url: String) -> Bool { values(of: url) != nil }

    /// A password that is not percent-encoded lets its parts pass for host, port or database, which errors do quote.
    private static func isPlausible(_ values: [String: String]) -> Bool {
        let ports = (values["port"] ?? "").split(separator: ",")
        return ports.allSatisfy { Int($0) != nil }
            && !["host", "dbname"].contains { values[$0]?.contains("@") ?? false }
    }

    /// Nil when libpq cannot read it. Its own message is dropped: it quotes parts of the URL, passwords among them.
    private static func values(of url: String) -> [String: String]? {
        var message: UnsafeMutablePointer<CChar>?
        let options = unsafe PQconninfoParse(url, &message)
        defer {
            unsafe PQconninfoFree(options)
            unsafe PQfreemem(message)
        }
        guard var option = unsafe options else { return nil }
        var values: [String: String] = [:]
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                unsafe values[String(cString: keyword)] = String(cString: value)
            }
            unsafe option += 1
        }
        return isPlausible(values) ? values : nil
    }
}
