import Platform

@testable import API
@testable import HTTP

/// Requests as the server would give them.
enum Requests {
    static func make(
        _ method: String = "GET", _ path: String = "/", parameters: [(String, String)] = [],
        headers: HTTPHeaders = [:], body: String = ""
    ) -> HTTPServer.Request {
        var request = HTTPServer.Request(
            method: method, path: path, parameters: parameters.map { NamedValue($0.0, $0.1) }, headers: headers)
        request.body = Array(body.utf8)
        return request
    }

    static func call(_ request: HTTPServer.Request, _ caller: Caller = .anyone) -> Call {
        Call(request: request, caller: caller, requestID: "r-1", seed: "s-1")
    }
}

/// The problem that a body ends with; nil when it ends well.
func problem(_ body: () throws(Problem) -> Void) -> Problem? {
    do throws(Problem) {
        try body()
        return nil
    } catch {
        return error
    }
}
