import JSON
import Platform
import Workflow

/// What somebody hears who asked for results.
struct RetrievalAnswer: Sendable, Equatable {
    let message: DiscordMessage
    /// The result that it shows, as far as it is whole.
    var resultID: String?

    /// More are not listed.
    static let most = 10

    /// Looks in the inbox for what the asker may see. Where Discord may not take the whole of it, it makes a code for
    /// them to fetch it with.
    /// - `tenantID`: nil: every tenant's.
    /// - `publicURL`: where people reach the gateway.
    static func find(
        _ wish: RetrievalWish, in results: any ResultReading, tenantID: String?, publicURL: String?,
        random: any RandomSource
    ) throws(AccessFailure) -> RetrievalAnswer {
        var wanted = ResultSelection()
        (wanted.runID, wanted.url, wanted.since) = (wish.runID, wish.url, wish.since)
        (wanted.userID, wanted.tenantID) = (wish.userID, tenantID)
        let found = try results.results(wanted, limit: most + 1, after: nil)
        guard let newest = found.first else { return none }
        guard found.count == 1 || wish.runID != nil else { return RetrievalAnswer(message: list(found)) }
        guard let whole = try results.result(newest.id, tenantID: tenantID), whole.userID == wish.userID else {
            return none
        }
        var pickUp = PickUp(
            chatCommand: "", command: "flowfleet delivery redeem \(whole.id)",
            link: publicURL.map { "\($0)/v1/results/\(whole.id)/pick-up" })
        var message = message(whole, pickUp)
        if message.mayLeaveOut {
            var random = random
            let code = PickUpCode.make(random.bytes(8).reduce(0) { $0 << 8 | UInt64($1) })
            try results.add(code: code, to: whole.id)
            pickUp.code = code
            message = Self.message(whole, pickUp)
        }
        return RetrievalAnswer(message: message, resultID: whole.id)
    }

    static let none = RetrievalAnswer(
        message: DiscordMessage(
            "Nothing is kept for you under this. Results are kept for a limited time; a run's result is here only if it "
                + "could not be delivered, or was to be kept."))

    static let unread = RetrievalAnswer(
        message: DiscordMessage(
            "The results cannot be read just now. Nothing is lost; please ask again in a few minutes."))

    private static func message(_ result: KeptResult, _ pickUp: PickUp) -> DiscordMessage {
        var head = "**Run \(DiscordText.code(result.runID)) \(DiscordText.cut(result.status, to: 20))**"
        head += " · flow \(DiscordText.code(result.flowID, most: 100)) · kept <t:\(result.createdAt / 1_000_000):f>"
        let output = JSONValue(trusted: result.results).member("output")
        let shown = output.flatMap { $0.isNull ? nil : $0.bytes } ?? result.results
        return DiscordMessage(head, json: shown, attach: .auto, fetch: DiscordMessage.fetch(pickUp))
    }

    private static func list(_ found: [KeptResult]) -> DiscordMessage {
        var text = "Several results are kept for you. One of them: `/\(RetrievalWish.command) workflow_id:…`\n"
        for result in found.prefix(most) {
            let line =
                "- \(DiscordText.code(result.runID, most: 60)) \(DiscordText.cut(result.status, to: 20)), "
                + "flow \(DiscordText.code(result.flowID, most: 40)), <t:\(result.createdAt / 1_000_000):f>\n"
            text += line
        }
        if found.count > most { text += "There are older ones: narrow it with `url` or `since`." }
        return DiscordMessage(text)
    }
}
