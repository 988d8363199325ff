public import JSON

/// Bodies of webhooks for what is told on the way. An end's body is made by the database, with the fact.
public enum WebhookBody {
    /// `{"type":"run.progress","timestamp":…,"data":{…}}`; `run.early` before a token ends.
    public static func write(_ kind: Notice.Kind, _ news: RunNews, pickUp: PickUp, at now: Microseconds) -> Bytes {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", string: kind == .early ? "run.early" : "run.progress")
        writer.member("timestamp", string: Timestamp.text(now))
        writer.key("data")
        writer.beginObject()
        writer.member("run_id", string: news.runID.bytes)
        writer.member("flow_id", string: news.flowID.bytes)
        writer.member("status", string: news.status.rawValue)
        writer.member("tenant_id", string: news.tenantID.bytes)
        writer.member("user_id", string: news.userID.bytes)
        writer.member("session_id", string: news.sessionID.bytes)
        writer.member("done", int: news.tasks.done)
        if news.tasks.total > 0 {
            writer.member("total", int: news.tasks.total)
            writer.member("percent", int: news.tasks.percent)
        }
        if kind == .early { writer.member("pick_up", string: pickUp.command) }
        writer.endObject()
        writer.endObject()
        return writer.bytes[...]
    }
}
