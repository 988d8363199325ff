extension OutgoingRequest.Body {
    /// The body as it goes over the wire, with its content type; nil for none.
    public var encoded: (bytes: [UInt8], type: String)? {
        switch self {
        case .none: nil
        case .bytes(let bytes, let type): (bytes, type)
        case .multipart(let parts): Self.form(parts)
        }
    }

    /// RFC 7578. The boundary is a hash of what is between: the same parts give the same body, and it stands in none of
    /// them.
    private static func form(_ parts: [OutgoingRequest.Part]) -> (bytes: [UInt8], type: String) {
        let boundary = "flowfleet-" + SHA256.hex(parts.flatMap { SHA256.hash($0.bytes) }).prefix(40)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(parts.reduce(100) { $0 + $1.bytes.count + 300 })
        for part in parts {
            var head = "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(quoted(part.name))\""
            if let name = part.fileName { head += "; filename=\"\(quoted(name))\"" }
            head += "\r\nContent-Type: \(quoted(part.type))\r\n\r\n"
            bytes += head.utf8
            bytes += part.bytes
            bytes += "\r\n".utf8
        }
        bytes += "--\(boundary)--\r\n".utf8
        return (bytes, "multipart/form-data; boundary=\(boundary)")
    }

    /// Without what would end the quotes or the line.
    private static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x22 && $0.value != 0x7F }
        return String(String.UnicodeScalarView(scalars))
    }
}
