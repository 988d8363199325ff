import Platform
import Workflow

extension Command {
    static let deliverySelection = [
        Flag("run", "ID", "deliveries of this run"),
        Flag("state", "STATE", "in this state: " + states.joined(separator: ", "), choices: states),
        Flag("channel", "NAME", "whose last try was over this channel"),
        Flag("since", "TIME", "written from then on: 2026-11-22T10:00:00Z, or 2h for two hours ago"),
        Flag("until", "TIME", "written before then"),
    ]
    private static let states = DeliveryState.allCases.map(\.rawValue)

    static let deliveryList = Command(
        "delivery list", "list deliveries of results from the newest to the oldest",
        flags: deliverySelection + [.limit, .cursor], columns: [.deliveries],
        examples: ["flowfleet delivery list --state orphaned", "flowfleet delivery list --run $ID -o json"]
    ) { call throws(CommandFailure) in
        let (printer, values) = (try call.printer(.deliveries), call.values)
        return try call.list(APIClient(call), selected(values), printer, empty: "no deliveries")
    }

    /// The list of those that the flags choose.
    static func selected(_ values: Values) throws(CommandFailure) -> APIPath {
        APIPath("deliveries").with("run_id", values.text("run")).with("state", values.text("state"))
            .with("channel", values.text("channel")).with("since", try SelectionFlags.time("since", values))
            .with("until", try SelectionFlags.time("until", values))
    }

    static let deliveryShow = Command(
        "delivery show", "show one delivery, or with --tries every try",
        operands: [Operand("DELIVERY", "its id")],
        flags: [Flag("tries", nil, "list its tries: time, channel, code, latency, error")],
        columns: [.deliveries, .deliveryTries],
        examples: ["flowfleet delivery show 12 --tries"]
    ) { call throws(CommandFailure) in
        let wantsTries = call.values.isSet("tries")
        let printer = try call.printer(wantsTries ? .deliveryTries : .deliveries)
        let delivery = try APIClient(call).get(APIPath("deliveries", call.operand(0))).object
        if wantsTries {
            printer.list(delivery.objects("attempts").map { OutputRecord($0) }, empty: "not tried yet")
        } else {
            printer.one(OutputRecord(delivery))
        }
        return .ok
    }

    static let deliveryRedeem = Command(
        "delivery redeem", "pick up a result that reached nobody, and mark it as picked up",
        operands: [Operand("RESULT", "its id, as the log or `GET /v1/results` names it")],
        flags: [
            Flag(
                "code", "CODE",
                "the pick-up code, for keys that may not see payloads: CODE, @FILE, or - for standard input")
        ], columns: [.results],
        examples: ["flowfleet delivery redeem res_0a1b2c -o json"]
    ) { call throws(CommandFailure) in
        let printer = try call.printer(.results)
        var body = RequestBody()
        body.put("code", try call.values.text("code").map { (code) throws(CommandFailure) in try Payload.word(code) })
        body.put("actor", call.loginName)
        let path = APIPath("results", call.operand(0), "redeem")
        printer.one(OutputRecord(try APIClient(call).send(path, body.bytes).object))
        return .ok
    }
}

extension Columns {
    static let deliveries = Columns(
        "deliveries", list: "id run_id kind state channel tries due_at created_at error",
        more: "result ending flow_id tenant_id user_id session_id ended_at attempts")
    static let deliveryTries = Columns(
        "tries", list: "at notice channel outcome code latency_ms error", more: "courier")
    static let deliveryReplays = Columns("deliveries", list: "request_id deliveries")
    static let results = Columns(
        "results", list: "id run_id status reason url created_at expires_at redeemed_at results",
        more: "ending flow_id tenant_id user_id session_id depth labels redeemed_by retrieval_info")
}
