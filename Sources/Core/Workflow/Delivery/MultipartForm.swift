/// A form of several parts (RFC 7578). The same parts give the same bytes.
public struct MultipartForm: Sendable {
    public let bytes: [UInt8]
    public let type: String

    public init(_ parts: [OutgoingRequest.Part]) {
        let digest = SHA256.hex(parts.flatMap(\.bytes)).prefix(32)
        let boundary = "flowfleet-\(digest)"
        type = "multipart/form-data; boundary=\(boundary)"
        var bytes: [UInt8] = []
        bytes.reserveCapacity(parts.reduce(256) { $0 + $1.bytes.count + 256 })
        for part in parts {
            bytes += Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(Self.quoted(part.name))\"".utf8)
            if let file = part.fileName { bytes += Array("; filename=\"\(Self.quoted(file))\"".utf8) }
            bytes += Array("\r\nContent-Type: \(part.type)\r\n\r\n".utf8)
            bytes += part.bytes
            bytes += Array("\r\n".utf8)
        }
        self.bytes = bytes + Array("--\(boundary)--\r\n".utf8)
    }

    /// As browsers do: quotes and line ends are percent-encoded.
    private static func quoted(_ name: String) -> String {
        name.map { $0 == "\"" ? "%22" : $0 == "\r" ? "%0D" : $0 == "\n" ? "%0A" : $0 == "\r\n" ? "%0D%0A" : String($0) }
            .joined()
    }
}
