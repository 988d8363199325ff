import Testing

@testable import Workflow

@Suite struct ErrorPatternsTests {
    static let permanent = [
        "", " ", "boom", "ValidationError: field x", "validation failed", "Invalid argument", "invalid json",
        "HTTP 404 Not Found", "key not found", "user was not found in cache", "Unauthorized", "401 unauthorized",
        "Forbidden by policy", "400 Bad Request", "malformed header", "Missing required field: name",
        "division by zero",
        "NullPointerException", "panic: index out of range", "permission denied", "disk full", "HTTP 500", "quota",
        "invalid connection string", "connection refused: validation of certificate", "timeout is invalid",
        "network not found", "temporary file not found", "module not found: node", "KeyError: 'a'", "assertion failed",
        "node not found, and user not found", "syntax error at or near", "ünïcödé", "Not Implemented",
        "UNAUTHORIZED CONNECTION", "\u{0}",
    ]
    static let transient = [
        "connection refused", "Connection reset by peer", "ECONNREFUSED: Connection", "connection closed",
        "read timeout", "Timeout after 30 s", "Gateway Timeout", "503 Service Unavailable", "temporary failure in name",
        "Temporary redirect loop", "network is down", "Network unreachable", "host unreachable", "refused by peer",
        "no route to host", "No Route To Host", "broken pipe", "EPIPE: Broken Pipe", "node not found", "Node Not Found",
        "cluster says: node not found in ring", "node offline", "the node offline since 3 s", "database unavailable",
        "TEMPORARY", "connection", "sockettimeoutexception", "lost connection to server", "socket timeout",
        "kafka: broker unavailable", "node not found; node not found", "upstream connection error",
    ]

    @Test(arguments: permanent) func `a failure that would come again is permanent`(_ text: String) {
        #expect(ErrorPatterns().classify(Array(text.utf8)[...]) == .permanent)
    }

    @Test(arguments: transient) func `a failure that may go away is transient`(_ text: String) {
        #expect(ErrorPatterns().classify(Array(text.utf8)[...]) == .transient)
    }

    @Test func `the lists of the flow are looked at first`() {
        let flow = FlowErrors(permanent: ["no such", "refused"], transient: ["Quota", "not found"])
        func classify(_ text: String) -> ErrorClass { ErrorPatterns().classify(Array(text.utf8)[...], flow: flow) }
        #expect(classify("quota exceeded") == .transient)
        #expect(classify("key not found") == .transient)
        #expect(classify("connection refused") == .permanent)
        #expect(classify("no such quota") == .permanent)
        #expect(classify("connection reset") == .transient)
        #expect(classify("invalid") == .permanent)
    }

    @Test func `lists can be set, and empty patterns match nothing`() {
        let patterns = ErrorPatterns(permanent: ["FATAL", ""], transient: ["again"])
        func classify(_ text: String) -> ErrorClass { patterns.classify(Array(text.utf8)[...]) }
        #expect(classify("try again") == .transient)
        #expect(classify("fatal, never again") == .permanent)
        #expect(classify("connection reset") == .permanent)
    }

    @Test func `of a long text the beginning and the end count`() {
        let filling = String(repeating: "x", count: 1 << 20)
        for text in ["timeout" + filling, filling + "timeout", "timeout" + filling + "timeout"] {
            #expect(ErrorPatterns().classify(Array(text.utf8)[...]) == .transient)
        }
        #expect(ErrorPatterns().classify(Array((filling + "timeout" + filling).utf8)[...]) == .permanent)
    }

    @Test func `patterns that are found everywhere in each other take no time to speak of`() {
        let many = (1...FlowLimits.patterns).map { String(repeating: "a", count: $0 * 2) }
        let flow = FlowErrors(permanent: many, transient: many + [many[many.count - 1] + "a"])
        let began = ContinuousClock.now
        let answer = ErrorPatterns().classify(ArraySlice(repeating: 97, count: 16_384), flow: flow)
        #expect(answer == .transient)
        #expect(ContinuousClock.now - began < .seconds(20))
    }

    @Test func `bytes that are no text are judged like any other`() {
        #expect(ErrorPatterns().classify([0xFF, 0xFE]) == .permanent)
        #expect(ErrorPatterns().classify([0xFF] + Array("timeout".utf8)[...]) == .transient)
    }

    @Test func `three classes are tried again`() {
        #expect(ErrorClass.allCases.filter(\.isRetriable) == [.transient, .timeout, .workerLost])
        #expect(ErrorClass(rawValue: "worker_lost") == .workerLost)
    }
}
