import Foundation

/// One request as it came in.
package struct SocketRequest: Sendable {
    package let method: String
    /// Without what stands behind the `?`.
    package let path: String
    package let query: String
    /// Names in lower case.
    package let headers: [String: String]
    package var body: [UInt8] = []

    init?(head: String) {
        let lines = head.components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count == 3 else { return nil }
        method = String(words[0])
        let target = words[1].split(separator: "?", maxSplits: 1)
        path = target.first.map(String.init) ?? ""
        query = target.count > 1 ? String(target[1]) : ""
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces)
        }
        self.headers = headers
    }

    package var parts: [String] { path.split(separator: "/").map(String.init) }
}

package struct SocketResponse: Sendable {
    package var status: Int
    package var headers: [String: String]
    package var body: [UInt8]

    package init(_ status: Int, _ json: JSONTree? = nil, headers: [String: String] = [:]) {
        self.status = status
        self.headers = headers
        body = json.map { Array($0.text.utf8) } ?? []
        if json != nil { self.headers["Content-Type"] = "application/json" }
    }

    var bytes: [UInt8] {
        var head = "HTTP/1.1 \(status) Status\r\nContent-Length: \(body.count)\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        return Array((head + "\r\n").utf8) + body
    }
}

/// A body of several parts (RFC 7578), as Discord takes files.
package struct FormParts {
    package struct Part: Sendable {
        package let name: String
        package let filename: String?
        package let type: String?
        package let bytes: [UInt8]
    }

    package let parts: [Part]

    /// Nil for a body that is none, or is none by the letter.
    package init?(_ request: SocketRequest) {
        guard let type = request.headers["content-type"], type.hasPrefix("multipart/form-data; boundary=") else {
            return nil
        }
        let boundary = type.dropFirst("multipart/form-data; boundary=".count)
        guard !boundary.isEmpty, boundary.utf8.count <= 70 else { return nil }
        let (first, between) = (Array("--\(boundary)\r\n".utf8), Array("\r\n--\(boundary)".utf8))
        guard request.body.starts(with: first) else { return nil }
        var rest = request.body[first.count...]
        var parts: [Part] = []
        while true {
            guard let end = rest.firstRange(of: between) else { return nil }
            guard let part = Self.part(rest[..<end.lowerBound]) else { return nil }
            parts.append(part)
            rest = rest[end.upperBound...]
            if rest.starts(with: Array("--".utf8)) { break }
            guard rest.starts(with: Array("\r\n".utf8)) else { return nil }
            rest = rest.dropFirst(2)
        }
        self.parts = parts
    }

    private static func part(_ bytes: ArraySlice<UInt8>) -> Part? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
        var (name, filename, type): (String?, String?, String?)
        for line in head.components(separatedBy: "\r\n") {
            if line.lowercased().hasPrefix("content-disposition: form-data") {
                name = value("name", in: line)
                filename = value("filename", in: line)
            } else if line.lowercased().hasPrefix("content-type: ") {
                type = String(line.dropFirst("content-type: ".count))
            }
        }
        guard let name else { return nil }
        return Part(name: name, filename: filename, type: type, bytes: Array(bytes[end.upperBound...]))
    }

    private static func value(_ name: String, in line: String) -> String? {
        guard let start = line.range(of: " \(name)=\""), let end = line[start.upperBound...].firstIndex(of: "\"") else {
            return nil
        }
        return String(line[start.upperBound..<end])
    }
}
