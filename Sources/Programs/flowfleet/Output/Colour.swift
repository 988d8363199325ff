/// Colours of the words that say how a run or a task fares.
enum Colour {
    static func paint(_ text: String, as word: String) -> String {
        guard let code = codes[word] else { return text }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }

    private static let codes = [
        "completed": "32", "succeeded": "32", "running": "36", "retrying": "33", "degraded": "33", "paused": "33",
        "failed": "31", "cancelled": "35", "skipped": "2", "pending": "2", "requested": "2",
    ]
}
