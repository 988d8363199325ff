internal import CMicroHTTPD
internal import Glibc
internal import Platform

// The library's callbacks. They come on its threads; a connection has one of them at a time.

/// Comes once when the headers are there, then for each piece of the body, then to be answered: once more, or twice
/// when the answer comes later.
let answerRequest: MHD_AccessHandlerCallback = { context, connection, url, method, version, bytes, count, state in
    guard let context = unsafe context, let connection = unsafe connection, let count = unsafe count,
        let state = unsafe state
    else { return MHD_Result.NO }
    let desk = unsafe Unmanaged<ServerDesk>.fromOpaque(context).takeUnretainedValue()
    guard let known = unsafe state.pointee else {
        let request = unsafe readHead(connection, url: url, method: method)
        unsafe state.pointee = Unmanaged.passRetained(IncomingRequest(request)).toOpaque()
        desk.begin()
        let isOld = unsafe version.map { unsafe String(cString: $0) } == "HTTP/1.0"
        return unsafe refuse(request.headers, isOld: isOld, desk, connection)
    }
    let incoming = unsafe Unmanaged<IncomingRequest>.fromOpaque(known).takeUnretainedValue()
    guard unsafe count.pointee > 0 else { return unsafe answer(incoming, desk, connection) }
    let piece = unsafe UnsafeRawBufferPointer(start: bytes, count: count.pointee)
    guard unsafe incoming.take(piece, desk) else { return MHD_Result.NO }
    unsafe count.pointee = 0
    return MHD_Result.YES
}

/// The last word on a request, however it ended: gives back what the first callback made.
let endRequest: MHD_RequestCompletedCallback = { context, connection, state, _ in
    guard let context = unsafe context, let known = unsafe state?.pointee else { return }
    let desk = unsafe Unmanaged<ServerDesk>.fromOpaque(context).takeUnretainedValue()
    desk.bodies.give(unsafe Unmanaged<IncomingRequest>.fromOpaque(known).takeRetainedValue().held)
    unsafe state?.pointee = nil
    // The next request of the connection may come in from now on.
    unsafe desk.arrivals.begin(flowfleet_httpd_socket(connection))
    desk.end()
}

/// A connection came or went.
let noteConnection: MHD_NotifyConnectionCallback = { context, connection, _, change in
    guard let context = unsafe context else { return }
    let arrivals = unsafe Unmanaged<ServerDesk>.fromOpaque(context).takeUnretainedValue().arrivals
    let socket = unsafe flowfleet_httpd_socket(connection)
    if change == .CONNECTION_NOTIFY_STARTED { arrivals.open(socket) } else { arrivals.close(socket) }
}

/// Refuses by the headers alone what must not be read any further; the connection ends with it.
private func refuse(
    _ headers: HTTPHeaders, isOld: Bool, _ desk: ServerDesk, _ connection: OpaquePointer
) -> MHD_Result {
    if BodyFraming.isAmbiguous(headers, isOld: isOld) {
        return unsafe sendLast(desk.problem(400, "bad_framing"), connection)
    }
    let length = headers["Content-Length"].flatMap { Int($0) } ?? 0
    if length > desk.bodyLimit { return unsafe send(desk.problem(413, "too_large"), connection) }
    let hasBody = length > 0 || headers["Transfer-Encoding"] != nil
    guard hasBody, !desk.bodies.hasRoom else { return MHD_Result.YES }
    return unsafe sendLast(desk.problem(503, "overloaded"), connection)
}

/// Nothing more is read from the connection.
private func sendLast(_ response: HTTPServer.Response, _ connection: OpaquePointer) -> MHD_Result {
    var response = response
    response.headers.add("Connection", "close")
    return unsafe send(response, connection)
}

private func answer(_ incoming: IncomingRequest, _ desk: ServerDesk, _ connection: OpaquePointer) -> MHD_Result {
    if let response = incoming.replied {
        desk.resting.remove(incoming.place)
        return unsafe send(response, connection)
    }
    unsafe desk.arrivals.end(flowfleet_httpd_socket(connection))
    if incoming.isTooLarge { return unsafe sendLast(desk.problem(413, "too_large"), connection) }
    switch desk.answer(incoming.request) {
    case .now(let response): return unsafe send(response, connection)
    case .later(let begin):
        let resting = unsafe RestingConnection(connection)
        resting.rest()
        let reply = PendingReply(incoming, resting, problem: desk.problem)
        incoming.place = desk.resting.add { [weak reply, problem = desk.problem] in
            reply?.send(problem(503, "stopping"))
        }
        begin(reply)
        return MHD_Result.YES
    case .events(let feed):
        let number = desk.resting.add { feed.close() }
        return unsafe stream(EventStream(feed) { desk.resting.remove(number) }, connection)
    }
}

private func readHead(
    _ connection: OpaquePointer, url: UnsafePointer<CChar>?, method: UnsafePointer<CChar>?
) -> HTTPServer.Request {
    var headers = HTTPHeaders()
    for pair in unsafe values(connection, .HEADER_KIND) { headers.add(pair.name, pair.value) }
    let parameters = unsafe values(connection, .GET_ARGUMENT_KIND).map {
        NamedValue(PercentText.decode($0.name[...]), PercentText.decode($0.value[...]))
    }
    return unsafe HTTPServer.Request(
        method: method.map { unsafe String(cString: $0) } ?? "", path: url.map { unsafe String(cString: $0) } ?? "",
        parameters: parameters, headers: headers)
}

private func values(_ connection: OpaquePointer, _ kind: MHD_ValueKind) -> [NamedValue] {
    var found: [NamedValue] = []
    unsafe withUnsafeMutablePointer(to: &found) { list in
        _ = unsafe MHD_get_connection_values(
            connection, kind,
            { context, _, name, value in
                guard let name = unsafe name else { return MHD_Result.YES }
                let list = unsafe context?.assumingMemoryBound(to: [NamedValue].self)
                let text = unsafe value.map { unsafe String(cString: $0) } ?? ""
                unsafe list?.pointee.append(NamedValue(String(cString: name), text))
                return MHD_Result.YES
            }, list)
    }
    return found
}

private func send(_ response: HTTPServer.Response, _ connection: OpaquePointer) -> MHD_Result {
    let made = unsafe response.body.withUnsafeBytes { bytes in
        // The library copies the bytes; the pointer is only not const in its signature.
        unsafe MHD_create_response_from_buffer(
            bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
    }
    guard let made = unsafe made else { return MHD_Result.NO }
    defer { unsafe MHD_destroy_response(made) }
    for line in response.headers.lines { _ = unsafe MHD_add_response_header(made, line.name, line.value) }
    return unsafe MHD_queue_response(connection, UInt32(response.status), made)
}

/// One response of events: from its first byte to its last, owned by the library. What its reader gives back: a number
/// of bytes, -1 at the end, -2 on an error; 0 only while the connection rests.
private final class EventStream {
    let feed: HTTPEventFeed
    private let ended: () -> Void

    init(_ feed: HTTPEventFeed, ended: @escaping () -> Void) {
        self.feed = feed
        self.ended = ended
    }

    deinit {
        feed.close()
        ended()
    }
}

private func stream(_ events: EventStream, _ connection: OpaquePointer) -> MHD_Result {
    unsafe events.feed.attach(RestingConnection(connection))
    let context = unsafe Unmanaged.passRetained(events).toOpaque()
    let made = unsafe MHD_create_response_from_callback(
        .max, 16 << 10,
        { context, _, buffer, size in
            guard let context = unsafe context, let buffer = unsafe buffer else { return -2 }
            let events = unsafe Unmanaged<EventStream>.fromOpaque(context).takeUnretainedValue()
            switch events.feed.take(upTo: size) {
            case .end: return -1
            case .nothingYet: return 0
            case .bytes(let piece):
                unsafe piece.withUnsafeBytes { bytes in
                    guard let start = bytes.baseAddress else { return }
                    unsafe UnsafeMutableRawPointer(buffer).copyMemory(from: start, byteCount: bytes.count)
                }
                return piece.count
            }
        }, context,
        { context in
            guard let context = unsafe context else { return }
            unsafe Unmanaged<EventStream>.fromOpaque(context).release()
        })
    guard let made = unsafe made else { return MHD_Result.NO }
    defer { unsafe MHD_destroy_response(made) }
    _ = unsafe MHD_add_response_header(made, "Content-Type", "text/event-stream")
    _ = unsafe MHD_add_response_header(made, "Cache-Control", "no-store")
    return unsafe MHD_queue_response(connection, 200, made)
}
