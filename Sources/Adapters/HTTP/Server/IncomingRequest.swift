internal import Platform

/// A request from its first callback to its last, owned by the connection.
final class IncomingRequest: @unchecked Sendable {
    /// Touched by the connection's thread only.
    var request: HTTPServer.Request
    /// Its place among those that rest.
    var place = 0
    /// Bytes of its body that count against what all bodies may have.
    private(set) var held = 0
    /// A body without a length grew over the limit: the rest is read past, and answered 413.
    private(set) var isTooLarge = false
    /// Of the request that waits for its reply.
    private let reply = Monitor<HTTPServer.Response?>(nil)

    init(_ request: HTTPServer.Request) { self.request = request }

    /// False where it ends the connection: all bodies together are too large, or this one without end.
    func take(_ piece: UnsafeRawBufferPointer, _ desk: ServerDesk) -> Bool {
        guard desk.bodies.take(piece.count) else { return false }
        held += piece.count
        if request.body.count + piece.count > desk.bodyLimit { isTooLarge = true }
        if isTooLarge {
            request.body = []
            return held <= 4 * desk.bodyLimit
        }
        unsafe request.body.append(contentsOf: piece)
        return true
    }

    /// The reply that came while the connection rested.
    var replied: HTTPServer.Response? { reply.withLock { $0 } }

    /// False for a second reply.
    func note(_ response: HTTPServer.Response) -> Bool {
        reply.withLock { reply in
            guard reply == nil else { return false }
            reply = response
            return true
        }
    }
}

/// What tells where the body of a request ends. Where that can be read in two ways, somebody in between may read it in
/// the other: such a request is refused.
enum BodyFraming {
    /// - `isOld`: HTTP/1.0, which knows no chunks.
    static func isAmbiguous(_ headers: HTTPHeaders, isOld: Bool) -> Bool {
        if headers.all("Host").count > 1 { return true }
        let lengths = headers.all("Content-Length")
        let encodings = headers.all("Transfer-Encoding")
        if lengths.count + encodings.count > 1 || isOld && !encodings.isEmpty { return true }
        if let length = lengths.first {
            return length.isEmpty || length.utf8.count > 18 || !length.utf8.allSatisfy { (48...57).contains($0) }
        }
        return encodings.first.map { $0.lowercased() != "chunked" } ?? false
    }
}
