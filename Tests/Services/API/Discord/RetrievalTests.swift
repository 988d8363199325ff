import Platform
import TestSupport
import Testing
import Workflow

@testable import API

/// `/retrieve_results` from the queue to Discord's imitation, over real HTTP.
@Suite struct RetrievalTests {
    private final class Inbox: ResultReading {
        var kept: [KeptResult] = []
        var redeemed: [String] = []
        var codes: [String] = []
        var isAway = false

        func results(
            _ wanted: ResultSelection, limit: Int, after place: ResultPlace?
        ) throws(AccessFailure) -> [KeptResult] {
            if isAway { throw AccessFailure(.unreachable, "no answer") }
            let found = kept.filter { result in
                (wanted.runID == nil || wanted.runID == result.runID)
                    && (wanted.userID == nil || wanted.userID == result.userID)
                    && (wanted.url == nil || wanted.url == result.url)
                    && (wanted.tenantID == nil || wanted.tenantID == result.tenantID)
                    && (wanted.since ?? 0) <= result.createdAt
            }
            return Array(found.prefix(limit))
        }

        func result(_ id: String, tenantID: String?) throws(AccessFailure) -> KeptResult? {
            kept.first { $0.id == id && (tenantID ?? $0.tenantID) == $0.tenantID }
        }

        func redeem(
            _ id: String, code: String?, by actor: String?, tenantID: String?
        ) throws(AccessFailure) -> Redemption {
            redeemed.append("\(id) \(actor ?? "")")
            return kept.first { $0.id == id }.map { .redeemed($0) } ?? .unknown
        }

        func add(code: String, to id: String) throws(AccessFailure) { codes.append("\(id) \(code)") }

        func add(_ run: String, user: String = "77", tenant: String = "default", output: String = #"{"n":1}"#) {
            var result = KeptResult()
            (result.id, result.runID, result.userID, result.tenantID) = ("id-\(run)", run, user, tenant)
            (result.flowID, result.status, result.createdAt) = ("report", "completed", 1_790_000_000_000_000)
            result.results = Array(#"{"output":\#(output),"error":null}"#.utf8)[...]
            kept.append(result)
        }
    }

    private let twin: DiscordTwin
    private let inbox = Inbox()
    private let queue = Retrievals()
    private let time = HurriedTime()

    /// Fifty seconds of waiting pass in one.
    private struct HurriedTime: TimeSource {
        var wall: Int64 { SystemTime().wall }
        var monotonic: Int64 { SystemTime().monotonic * 50 }
    }

    init() throws { twin = try DiscordTwin() }

    private func service(tenant: String? = nil) -> RetrievalService {
        let calls = DiscordCalls(limit: .seconds(1))
        return RetrievalService(
            queue,
            .init(
                results: inbox, send: { calls.send($0) }, clock: time, tenantID: tenant, base: twin.url,
                publicURL: "https://flowfleet.example", log: Log.silent))
    }

    /// Asks, and steps until nothing waits any more.
    private func ask(_ token: String, run: String? = nil, tenant: String? = nil, user: String = "77") {
        var wish = RetrievalWish(
            applicationID: twin.applicationID, token: Secret(token), userID: user, askedAt: time.wall)
        wish.runID = run
        _ = queue.add(wish, notBefore: 0)
        let service = service(tenant: tenant)
        for _ in 0..<100 where queue.count > 0 { _ = service.step() }
        #expect(queue.count == 0)
    }

    @Test func `one result is shown whole and noted as picked up`() {
        inbox.add("run-1")
        let token = twin.addInteraction()
        ask(token)
        let shown = twin.original(token)
        #expect(shown?.content.contains("{\"n\":1}") ?? false)
        #expect(shown?.mentionsNobody ?? false)
        #expect(inbox.redeemed == ["id-run-1 discord:77"])
    }

    @Test func `several are listed, and none of them counts as picked up`() {
        for number in 1...12 { inbox.add("run-\(number)") }
        let token = twin.addInteraction()
        ask(token)
        let text = twin.original(token)?.content ?? ""
        #expect(text.contains("`run-1`") && text.contains("`run-10`") && !text.contains("`run-11`"))
        #expect(text.contains("older ones") && inbox.redeemed.isEmpty)
    }

    @Test func `another's result and another tenant's is nobody's`() {
        inbox.add("theirs", user: "78")
        inbox.add("far", tenant: "other")
        let tokens = (0..<3).map { _ in twin.addInteraction() }
        ask(tokens[0], run: "theirs")
        ask(tokens[1], run: "far", tenant: "default")
        ask(tokens[2], run: "unknown")
        let texts = Set(tokens.compactMap { twin.original($0)?.content })
        #expect(texts.count == 1 && texts.first?.hasPrefix("Nothing is kept for you") ?? false)
        #expect(inbox.redeemed.isEmpty)
    }

    @Test func `a large one comes as a file`() {
        let output = "\"" + String(repeating: "x", count: 500_000) + "\""
        inbox.add("run-1", output: output)
        let token = twin.addInteraction()
        ask(token, run: "run-1")
        let files = twin.original(token)?.files ?? []
        #expect(files.count == 1 && files.first?.bytes == Array(output.utf8))
    }

    @Test(arguments: [false, true])
    func `what Discord does not take whole is not picked up, and is told how to be fetched`(isHuge: Bool) {
        inbox.add("run-1", output: "\"" + String(repeating: "x", count: isHuge ? 8_000_001 : 5_000) + "\"")
        let token = twin.addInteraction()
        if !isHuge { twin.next(.refused(status: 413, code: 40005)) }
        ask(token, run: "run-1")
        let text = twin.original(token)?.content ?? ""
        let code = inbox.codes.first?.split(separator: " ").last ?? "none"
        #expect(text.contains("<https://flowfleet.example/v1/results/id-run-1/pick-up?code=\(code)>"), "\(text)")
        #expect(inbox.redeemed.isEmpty && inbox.codes.count == 1 && twin.original(token)?.files.isEmpty ?? false)
    }

    @Test func `Discord's trouble is waited out`() {
        inbox.add("run-1")
        let token = twin.addInteraction()
        twin.next(.status(502), .reset, .limited(retryAfter: 0.2, scope: "user"), .garbage)
        ask(token)
        #expect(inbox.redeemed == ["id-run-1 discord:77"])
        #expect(twin.original(token)?.edits == 1)
    }

    @Test func `an answer that comes too late changes nothing`() {
        inbox.add("run-1")
        let token = twin.addInteraction()
        twin.expire(token)
        ask(token)
        #expect(inbox.redeemed.isEmpty && twin.original(token)?.edits == 0)
        #expect(twin.calls.count == 1)
    }

    @Test func `a database that is away is told, after some tries`() {
        inbox.isAway = true
        let token = twin.addInteraction()
        ask(token)
        #expect(twin.original(token)?.content.hasPrefix("The results cannot be read") ?? false)
    }

    @Test func `a queue takes a limited number`() {
        let wish = RetrievalWish(applicationID: "1", token: Secret("t"), userID: "1", askedAt: 0)
        let taken = (0..<300).count { _ in queue.add(wish, notBefore: .max) }
        #expect(taken == 200)
    }
}
