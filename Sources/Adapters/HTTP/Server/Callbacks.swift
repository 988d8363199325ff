internal import CMicroHTTPD
internal import Glibc
internal import Platform

// The library's callbacks. They come on its threads; a connection has one of them at a time.

/// Comes once when the headers are there, then for each piece of the body, then once more to be answered.
let answerRequest: MHD_AccessHandlerCallback = { context, connection, url, method, _, bytes, count, state in
    guard let context = unsafe context, let connection = unsafe connection, let count = unsafe count,
        let state = unsafe state
    else { return MHD_Result.NO }
    let desk = unsafe Unmanaged<ServerDesk>.fromOpaque(context).takeUnretainedValue()
    guard let known = unsafe state.pointee else {
        let request = unsafe readHead(connection, url: url, method: method)
        unsafe state.pointee = Unmanaged.passRetained(IncomingRequest(request)).toOpaque()
        desk.begin()
        let length = request.headers["Content-Length"].flatMap { Int($0) } ?? 0
        guard length > desk.bodyLimit else { return MHD_Result.YES }
        return unsafe send(ServerDesk.problem(413, "too_large"), connection)
    }
    let incoming = unsafe Unmanaged<IncomingRequest>.fromOpaque(known).takeUnretainedValue()
    guard unsafe count.pointee > 0 else { return unsafe send(desk.answer(incoming.request), connection) }
    // A body without a length that grows too large: the connection is closed.
    guard unsafe incoming.request.body.count + count.pointee <= desk.bodyLimit else { return MHD_Result.NO }
    unsafe incoming.request.body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count.pointee))
    unsafe count.pointee = 0
    return MHD_Result.YES
}

/// The last word on a request, however it ended: gives back what the first callback made.
let endRequest: MHD_RequestCompletedCallback = { context, _, state, _ in
    guard let context = unsafe context, let known = unsafe state?.pointee else { return }
    unsafe Unmanaged<IncomingRequest>.fromOpaque(known).release()
    unsafe state?.pointee = nil
    unsafe Unmanaged<ServerDesk>.fromOpaque(context).takeUnretainedValue().end()
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
